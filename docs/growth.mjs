/**
 * `node docs/growth.mjs LINES.jsonl`: draws what `growth-bench` printed as docs/growth/{T,L,D,V}.svg, measured beside predicted with both axes logarithmic, and puts the
 * numbers into docs/growth.md between its marks. The words around them are written by hand.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { format, resolveConfig } from 'prettier'

const [file] = process.argv.slice(2)
if (!file) throw new Error('Usage: node docs/growth.mjs LINES.jsonl')
const lines = readFileSync(file, 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('{'))
  .map((line) => JSON.parse(line))

const AXES = {
  T: { name: 'context', title: 'Context T, tokens' },
  L: { name: 'layers', title: 'Layers L' },
  D: { name: 'width', title: 'Width D' },
  V: { name: 'vocabulary', title: 'Vocabulary V, tokens' },
}
const SERIES = [
  { key: 'ms', label: 'measured', dash: '', mark: true },
  { key: 'predicted_ms', label: 'operation count at the ceiling', dash: '6 4', mark: false },
  { key: 'launch_ms', label: 'launches alone', dash: '1 4', mark: false },
]
const [WIDTH, HEIGHT] = [640, 400]
const EDGE = { left: 64, right: 16, top: 44, bottom: 52 }

/** Powers of ten times 1, 2 and 5 that lie within. */
function ticks(low, high) {
  const found = []
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++)
    for (const lead of [1, 2, 5]) {
      const value = lead * 10 ** power
      if (value >= low && value <= high) found.push(value)
    }
  return found
}

const number = (value) => (value >= 100 ? value.toFixed(0) : Number(value.toPrecision(3)).toString())

function chart(axis, rows) {
  const xs = rows.map((row) => row.value)
  const ys = rows.flatMap((row) => SERIES.map(({ key }) => row[key])).filter((value) => value > 0)
  const [x0, x1] = [Math.min(...xs) / 1.15, Math.max(...xs) * 1.15]
  const [y0, y1] = [Math.min(...ys) / 1.5, Math.max(...ys) * 1.5]
  const place = (value, low, high, from, to) => from + ((Math.log(value) - Math.log(low)) / (Math.log(high) - Math.log(low))) * (to - from)
  const x = (value) => place(value, x0, x1, EDGE.left, WIDTH - EDGE.right).toFixed(1)
  const y = (value) => place(value, y0, y1, HEIGHT - EDGE.bottom, EDGE.top).toFixed(1)
  const text = (at, more, words) => `<text x="${at[0]}" y="${at[1]}" ${more}>${words}</text>`
  const parts = [
    ...ticks(y0, y1).map(
      (value) =>
        `<line class="grid" x1="${EDGE.left}" x2="${WIDTH - EDGE.right}" y1="${y(value)}" y2="${y(value)}"/>` +
        text([EDGE.left - 8, y(value)], 'text-anchor="end" dominant-baseline="middle"', number(value)),
    ),
    ...xs.map((value) => text([x(value), HEIGHT - EDGE.bottom + 18], 'text-anchor="middle"', value.toLocaleString('en'))),
    text([(EDGE.left + WIDTH - EDGE.right) / 2, HEIGHT - 10], 'text-anchor="middle"', AXES[axis].title),
    text([16, HEIGHT / 2], `text-anchor="middle" transform="rotate(-90 16 ${HEIGHT / 2})"`, 'ms a step'),
  ]
  SERIES.forEach(({ key, label, dash, mark }, i) => {
    const points = rows.filter((row) => row[key] > 0).map((row) => [x(row.value), y(row[key])])
    parts.push(`<polyline class="line s${i}" stroke-dasharray="${dash}" points="${points.map((point) => point.join(',')).join(' ')}"/>`)
    if (mark) for (const [cx, cy] of points) parts.push(`<circle class="dot" cx="${cx}" cy="${cy}" r="4"/>`)
    const at = EDGE.left + [0, 110, 340][i]
    parts.push(`<line class="line s${i}" stroke-dasharray="${dash}" x1="${at}" x2="${at + 28}" y1="20" y2="20"/>`)
    parts.push(text([at + 34, 24], '', label))
  })
  const style = `text{font:12px system-ui,sans-serif;fill:#212529}.grid{stroke:#dee2e6}.line{fill:none;stroke-width:2}.s0{stroke:#0072b2}.s1{stroke:#c25e00}.s2{stroke:#5c636a}.dot{fill:#0072b2}.ground{fill:#fff}
@media(prefers-color-scheme:dark){text{fill:#e4e6ea}.grid{stroke:#3b3f45}.s0{stroke:#56b4e9}.s1{stroke:#e69f00}.s2{stroke:#a3a9b3}.dot{fill:#56b4e9}.ground{fill:#1a1b1e}}`
  const title = `Milliseconds of a training step by ${AXES[axis].name}, measured and predicted`
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${title}"><title>${title}</title><style>${style}</style>
<rect class="ground" width="100%" height="100%"/>
${parts.join('\n')}
</svg>
`
}

function table(axis, rows) {
  const cells = rows.map((row) => [
    row.value.toLocaleString('en'),
    number(row.ms),
    number(row.predicted_ms),
    number(row.ms / row.predicted_ms),
    number(row.launch_ms),
    row.dispatches,
    number(row.tflops),
    number(row.peak_gpu_mb),
  ])
  const head = [axis, 'measured ms', 'predicted ms', 'measured / predicted', 'launches alone ms', 'dispatches', 'TFLOP/s', 'MiB']
  return [head, head.map(() => '---:'), ...cells].map((row) => `| ${row.join(' | ')} |`).join('\n')
}

const folder = new URL('growth/', import.meta.url)
mkdirSync(folder, { recursive: true })
const page = new URL('growth.md', import.meta.url)
let words = readFileSync(page, 'utf8')
const fill = (mark, content) => {
  const [open, close] = [`<!-- ${mark} -->`, `<!-- end of ${mark} -->`]
  const [from, to] = [words.indexOf(open), words.indexOf(close)]
  if (from < 0 || to < from) throw new Error(`docs/growth.md has lost its marks ${open} and ${close}.`)
  words = `${words.slice(0, from + open.length)}\n\n${content}\n\n${words.slice(to)}`
}
for (const [axis, { name }] of Object.entries(AXES)) {
  const rows = lines.filter((line) => line.axis === axis).sort((a, b) => a.value - b.value)
  if (rows.length === 0) continue
  writeFileSync(new URL(`${axis}.svg`, folder), chart(axis, rows))
  const [{ B, T, L, D, V, E, adapter, ceiling_tflops }] = rows
  const held = Object.entries({ B, T, L, D, V, E }).filter(([key]) => key !== axis)
  const facts = `${adapter}; held: ${held.map(([key, value]) => `${key} ${value}`).join(', ')}; its ceiling ${number(ceiling_tflops)} TFLOP/s.`
  fill(axis, `![Milliseconds of a step by ${name}](growth/${axis}.svg)\n\n${facts}\n\n${table(axis, rows)}`)
}
writeFileSync(page, await format(words, { ...(await resolveConfig(new URL('growth.md', import.meta.url))), parser: 'markdown' }))
