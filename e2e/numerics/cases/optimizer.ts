/** AdamW over several packs and several steps, with the norm and the metrics. */
import { whole, type Storage } from '../../../src/gpu/launch.ts'
import { adamwStep, type AdamTensor } from '../../../src/reference/optimizer.ts'
import { METRICS_STRIDE, update, type PackChunk } from '../../../src/tensor/optimizer.ts'
import { ownedTensor } from '../../../src/tensor/recording.ts'
import { SHORT, type Case } from '../case.ts'
import { errorOf, filled, ownedData, values, worse, type Errors, type Harness } from '../harness.ts'

const SETTINGS = { beta1: 0.9, beta2: 0.95, eps: 1e-8, weight_decay: 0.1 }

async function adamw(harness: Harness, sizes: { elements: number; decayed: number }[], clip: number, steps: number): Promise<Errors> {
  const t = harness.trial({ rows: 3 })
  const packs = sizes.map(({ elements, decayed }, i) => {
    const p = values(i, elements)
    const chunk: PackChunk = {
      parameters: ownedData(`parameters ${i}`, p).storage,
      gradients: filled(`gradients ${i}`, elements, 7.5),
      m: filled(`m ${i}`, elements, 0),
      v: filled(`v ${i}`, elements, 0),
      elements,
      decayed,
    }
    const part = (first: number, last: number, decay: boolean): AdamTensor => ({
      p: p.slice(first, last),
      g: new Float64Array(last - first),
      m: new Float64Array(last - first),
      v: new Float64Array(last - first),
      decay,
    })
    return { chunk, start: p, parts: [part(0, decayed, true), part(decayed, elements, false)] }
  })
  const rows64 = values(50, 6)
  const rows = t.data('rows', [3, 2], rows64)
  const metrics = whole(filled('metrics', 32 * METRICS_STRIDE, 7.5))
  update(
    t.recording,
    packs.map((p) => p.chunk),
    rows,
    t.inputs,
    metrics,
    { ...SETTINGS, clip },
  )
  const ready = await t.compile()
  const errors: Errors = {}
  const tensorOf = (s: Storage, n: number) => ownedTensor(s.label, [n], whole(s))
  for (let step = 1; step <= steps; step++) {
    const lr = Math.fround(0.01 / step)
    packs.forEach(({ chunk, parts }, i) => {
      // Some parameters receive no gradient.
      const g = values(100 * step + i, chunk.elements, 0.2).map((value, j) => (j % 17 === 16 ? 0 : value))
      ready.write(tensorOf(chunk.gradients, chunk.elements), g)
      parts[0].g.set(g.subarray(0, chunk.decayed))
      parts[1].g.set(g.subarray(chunk.decayed))
    })
    const { beta1, beta2 } = SETTINGS
    ready.run({ step, ring: step, rate: lr, scale_m: 1 / (1 - beta1 ** step), scale_v: 1 / (1 - beta2 ** step), inverse_count: 0.5 })
    const norm = adamwStep(
      packs.flatMap((p) => p.parts),
      { ...SETTINGS, lr, clip },
      step,
    )
    const expected = Float64Array.of((rows64[0] + rows64[2] + rows64[4]) * 0.5, norm, rows64[1] + rows64[3] + rows64[5])
    worse(errors, { metrics: errorOf(await ready.readRegion(metrics, step * METRICS_STRIDE, 3), expected) })
  }
  for (const [i, { chunk, start, parts }] of packs.entries()) {
    const joined = (key: 'p' | 'm' | 'v') => Float64Array.from([...parts[0][key], ...parts[1][key]])
    const read = (s: Storage) => ready.read(tensorOf(s, chunk.elements))
    errors[`parameters ${i}`] = await ready.error(tensorOf(chunk.parameters, chunk.elements), joined('p'))
    // What the steps changed, less forgiving than the parameters themselves.
    const moved = (p: Float64Array) => p.map((value, j) => value - start[j])
    errors[`change of parameters ${i}`] = errorOf(moved(await read(chunk.parameters)), moved(joined('p')))
    errors[`m ${i}`] = errorOf(await read(chunk.m), joined('m'))
    errors[`v ${i}`] = errorOf(await read(chunk.v), joined('v'))
  }
  ready.dispose()
  return errors
}

const two = [
  { elements: 1091, decayed: 705 },
  { elements: 2113, decayed: 0 },
]

export const optimizerCases: Case[] = [
  { title: 'clipped', packs: two, clip: 0.5, steps: 5 },
  { title: 'below the clip', packs: two, clip: 1e6, steps: 5 },
  { title: 'clip 0', packs: two, clip: 0, steps: 5 },
  { title: 'one parameter', packs: [{ elements: 1, decayed: 1 }], clip: 0.01, steps: 3 },
  {
    title: 'three packs',
    packs: [
      { elements: 64, decayed: 64 },
      { elements: 1025, decayed: 1000 },
      { elements: 3, decayed: 1 },
    ],
    clip: 1,
    steps: 3,
  },
  // On processors an invocation takes several vectors.
  { title: 'large', packs: [{ elements: 20001, decayed: 12345 }], clip: 0.5, steps: 2 },
].map(({ title, packs, clip, steps }) => ({
  name: `AdamW of ${packs.map((p) => p.elements).join(' + ')}, ${steps} steps, ${title}`,
  tolerance: SHORT * 2,
  run: (harness) => adamw(harness, packs, clip, steps),
}))
