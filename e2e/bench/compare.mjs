/**
 * `node e2e/bench/compare.mjs OURS.jsonl THEIRS.jsonl`: what the same work takes here and in PyTorch, as Markdown. Joins the lines of `products-bench` and `pytorch.py --products`
 * by product, and those of `bench` and `pytorch.py` by shape; lines of other kinds are left out. Products are held to 75 % of cuBLAS, those above 10 GFLOP to 88 %.
 */
import { readFileSync } from 'node:fs'

const [ours, theirs] = process.argv.slice(2)
if (!ours || !theirs) throw new Error('Usage: node e2e/bench/compare.mjs OURS.jsonl THEIRS.jsonl')

const linesOf = (file) =>
  readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line))

const [mine, other] = [ours, theirs].map(linesOf)
const fixed = (value, digits) => (Number.isFinite(value) ? value.toFixed(digits) : '-')
const print = (...lines) => process.stdout.write(`${lines.join('\n')}\n`)
const only = (values) => [...new Set(values.filter(Boolean))].join(', ')

/** Pairs of lines with the same key; a line without a partner is named, so that nothing is lost silently. */
function pairs(keyOf) {
  const byKey = new Map(other.flatMap((line) => (keyOf(line) ? [[keyOf(line), line]] : [])))
  const found = []
  for (const line of mine) {
    const key = keyOf(line)
    if (!key) continue
    const partner = byKey.get(key)
    if (partner) found.push([line, partner])
    else process.stderr.write(`only in ${ours}: ${key}\n`)
    byKey.delete(key)
  }
  for (const key of byKey.keys()) process.stderr.write(`only in ${theirs}: ${key}\n`)
  return found
}

const products = pairs(
  (line) => line.product && `${line.product} ${line.M}×${line.N}×${line.K} ${line.ta ? 'T' : 'N'}${line.tb ? 'T' : 'N'}`,
)
if (products.length > 0) {
  print(
    `Ours: ${only(products.map(([line]) => line.adapter))}. cuBLAS: ${only(products.map(([, line]) => `${line.adapter}, PyTorch ${line.torch}`))}.`,
    '',
    '| product | M | N | K | GFLOP | ours µs | TFLOP/s | cuBLAS µs | TFLOP/s | of cuBLAS | due |',
    '| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- |',
  )
  let missed = 0
  for (const [a, b] of products) {
    const gflop = (2 * a.M * a.N * a.K) / 1e9
    const ratio = (100 * b.us) / a.us
    const due = gflop > 10 ? 88 : 75
    if (!(ratio >= due)) missed++
    const numbers = [fixed(gflop, 2), fixed(a.us, 1), fixed(a.tflops, 1), fixed(b.us, 1), fixed(b.tflops, 1), `${fixed(ratio, 0)} %`]
    print(`| ${[a.product, a.M, a.N, a.K, ...numbers, ratio >= due ? `${due} %` : `**below ${due} %**`].join(' | ')} |`)
  }
  const sum = (side) => products.reduce((total, pair) => total + pair[side].us, 0)
  print(
    '',
    `${products.length - missed} of ${products.length} reach what is due; all together ${fixed((100 * sum(1)) / sum(0), 0)} % of cuBLAS.`,
    '',
  )
}

const steps = pairs((line) => line.config && line.step_ms && (line.wiring ?? 'standard') === 'standard' && line.config)
if (steps.length > 0) {
  print(
    `| step | ours ms (min – max) | PyTorch ${only(steps.map(([, line]) => `${line.mode ?? ''} ${line.dtype}`))} ms (min – max) | ours / PyTorch | ours MiB | PyTorch MiB |`,
    '| --- | ---: | ---: | ---: | ---: | ---: |',
  )
  const range = (line) => `${fixed(line.step_ms, 2)} (${fixed(line.step_ms_min, 2)} – ${fixed(line.step_ms_max, 2)})`
  for (const [a, b] of steps)
    print(
      `| ${[a.config, range(a), range(b), fixed(a.step_ms / b.step_ms, 2), fixed(a.peak_gpu_mb, 0), fixed(b.peak_gpu_mb, 0)].join(' | ')} |`,
    )
  print('')
}
if (products.length === 0 && steps.length === 0) throw new Error('The two files have no line in common.')
