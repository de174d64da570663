import { unzipSync, zipSync } from 'fflate'
import { describe, expect, it } from 'vitest'
import { configOf, parseSettings } from '../model/config.ts'
import { namedWiring } from '../model/wiring.ts'
import { decodeRecording, encodeRecording } from './recording-file.ts'
import { entryOf, snapshotOf, type Recording } from './recording.ts'

const shape = { n_layers: 2, n_heads: 2, n_kv_heads: 2, d_model: 4, d_ff: 8, context_length: 8 }
const config = configOf({ ...shape, reads: namedWiring('joint', shape) }, 5)

function snapshot(step: number, labels: string[]) {
  const T = labels.length
  const heads = config.reads.flatMap((layer, l) =>
    layer.map((slots, h) => ({
      layer: l,
      head: h,
      mass: { [l]: 0.75 },
      mass_values: { [l]: 0.75 },
      slots: slots.map(() => 1 / slots.length),
      earlier: 1 / 3,
      first: 0.1,
      entropy: 0.5,
      contribution: Math.PI,
      share: 0.5,
    })),
  )
  const patterns = config.reads.map((layer) =>
    layer.map((slots) =>
      Float32Array.from({ length: slots.length * T * T }, (_, i) => {
        const [query, key] = [Math.floor(i / (slots.length * T)), i % T]
        return key <= query ? ((i * 7 + step) % 11) / 11 : 0
      }),
    ),
  )
  return snapshotOf({ step, labels, heads, patterns })
}

const recording: Recording = {
  date: '2026-03-04T05:06:07.000Z',
  adapter: 'an adapter',
  software: true,
  dataset: 'moby-dick',
  preset: 'smoke',
  wiring: 'joint',
  config,
  settings: parseSettings({ steps: 20, lr: 3e-3 }),
  curve: {
    training: { step: [1, 2], loss: [1.5, Math.fround(1.4)], lr: [1e-3, 1e-3], gradNorm: [1, 2], ms: [3, 4.5] },
    validation: [{ step: 2, loss: 1.6 }],
  },
  samples: [{ step: 1, prompt: 'The ', text: 'whale\n“é€”' }],
  // The second follows the first; the third is of another length.
  snapshots: [snapshot(0, ['a', 'b', 'c']), snapshot(4, ['a', 'b', 'c']), snapshot(9, ['␣', 'd'])],
  cuts: [{ layer: 1, head: 0, step: 20, changes: [{ close: [1, 0, 1] }], loss: 1.4, difference: 0.03, interval: 0.01, sequences: 32 }],
  heldOut: 'abc',
}

/** The file with one of its parts replaced. */
function changed(name: string, change: (bytes: Uint8Array) => Uint8Array): Uint8Array {
  const files = unzipSync(encodeRecording(recording))
  return zipSync({ ...files, [name]: change(files[name]) })
}
const withJson = (change: (value: Record<string, unknown>) => object): Uint8Array =>
  changed('recording.json', (bytes) => {
    const value = JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>
    return new TextEncoder().encode(JSON.stringify({ ...value, ...change(value) }))
  })

describe('a recording', () => {
  it('is read as it was written', () => {
    expect(decodeRecording(encodeRecording(recording), 'r.zip')).toEqual(recording)
    const { preset: _, ...custom } = recording
    expect(decodeRecording(encodeRecording({ ...custom, snapshots: [], cuts: [] }), 'r.zip')).toEqual({
      ...custom,
      snapshots: [],
      cuts: [],
    })
  })

  it('that could not be read again is not written', () => {
    const { curve } = recording
    const diverged = { ...curve, training: { ...curve.training, loss: [1.5, NaN] } }
    expect(() => encodeRecording({ ...recording, curve: diverged })).toThrow(/^The recording: curve\.training\.loss\.1: /)
    const short = { ...recording.snapshots[0], labels: ['a', 'b'] }
    expect(() => encodeRecording({ ...recording, snapshots: [short] })).toThrow(
      'the pattern of layer 0, head 0 at step 0 has 9 bytes, due are 4.',
    )
  })

  it.each([
    ['a cut-off file', () => encodeRecording(recording).slice(0, -30), /^r\.zip is not a zip file, or is cut off/],
    ['no recording', () => zipSync({ 'config.json': new Uint8Array(2) }), /^r\.zip has no recording\.json: it is no recording/],
    ['a field amiss', () => withJson(() => ({ samples: [{ step: -1 }] })), /^r\.zip\/recording\.json: samples\.0\.step: /],
    [
      'a wiring that cannot be',
      () => withJson(({ config: c }) => ({ config: { ...(c as object), reads: [] } })),
      /reads must list 2 layers/,
    ],
    [
      'a cut of no head',
      () => withJson(() => ({ cuts: [{ ...recording.cuts[0], changes: [{ close: [5, 0, 0] }] }] })),
      /the model has layers 0 to 1/,
    ],
    [
      'heads missing',
      () => withJson(() => ({ snapshots: [{ step: 3, labels: ['a'], heads: [] }] })),
      /the snapshot of step 3 has 0 heads, the model 4/,
    ],
    [
      'patterns missing',
      () => changed('patterns.bin', (bytes) => bytes.slice(1)),
      /patterns\.bin holds 89 bytes, where recording\.json makes 90 due/,
    ],
    ['a later version', () => withJson(() => ({ version: 2 })), /^r\.zip is of version 2, .*Use a newer Skipscope\.$/],
  ])('%s is said in one line', (_, bytes, line) => {
    expect(() => decodeRecording(bytes(), 'r.zip')).toThrow(line)
  })
})

it('the byte of a probability is 255 times its root', () => {
  expect([0, 0.25, 1, 2, -1, (7 / 255) ** 2].map(entryOf)).toEqual([0, 128, 255, 255, 0, 7])
})
