import { describe, expect, it } from 'vitest'
import { storage, type Launch } from '../gpu/launch.ts'
import { DEFAULT_LIMITS } from '../gpu/device.ts'
import { configOf, countParameters, parseSettings, presetNamed, type ModelConfig } from '../model/config.ts'
import { createPacks, createWeights, layoutOf } from '../model/parameters.ts'
import { namedWiring } from '../model/wiring.ts'
import { createInputs } from '../tensor/inputs.ts'
import { createRecording, type Dtype } from '../tensor/recording.ts'
import { recordTraining } from './program.ts'
import { countOf, workOf } from './work.ts'

const sources = import.meta.glob<string>('../../shaders/*.wgsl', { query: '?raw', import: 'default', eager: true })

const entryPoints = Object.entries(sources).flatMap(([path, text]) => {
  const file = path.replace(/^.*\/|\.wgsl$/g, '')
  return [...text.matchAll(/@compute[^{]*?\bfn\s+(\w+)/g)].map(([, entry]) => `${file}.${entry}`)
})

/** A step of a config, without a device. */
function stepOf(config: ModelConfig, B: number, parallel: boolean, dtype: Dtype = 'f32'): Launch[] {
  const packs = createPacks(layoutOf(config, 2 ** 30))
  const weights = createWeights(packs, config)
  const record = (training: boolean, stored?: Dtype) =>
    createRecording(training, { parallel, workgroupBytes: 49152 }, weights.gradients, stored)
  const s = storage('metrics', 1024, 'owned')
  const metrics = { storage: s, offset: 0, bytes: s.bytes }
  const T = config.context_length
  const inputs = createInputs(B * T, config.vocab_size)
  const model = { config, packs, weights, metrics, record, gpu: { limits: DEFAULT_LIMITS } }
  return recordTraining(model, { B, T, inputs, bindingLimit: 2 ** 30 }, parseSettings({ batch_size: B, dtype }))
}

const sum = (launches: Launch[], of: 'flops' | 'bytes', of_kernel = /./): number =>
  launches.filter(({ kernel }) => of_kernel.test(kernel.name)).reduce((total, launch) => total + workOf(launch)[of], 0)

const shape = presetNamed('smoke').model

describe('what a launch has to do', () => {
  it('finds the shaders', () => expect(entryPoints).toContain('product.register_tile'))

  it.each(entryPoints)('%s is counted', (kernel) => expect(() => countOf(kernel)).not.toThrow())

  it('refuses a kernel that nobody counted', () => {
    expect(() => countOf('product_of_nobody.main')).toThrow('give it an entry in src/train/work.ts')
    expect(() => countOf('optimizer.nothing')).toThrow('optimizer.nothing')
  })

  it.each([true, false])('counts every launch of a step of every kind (parallel: %s)', (parallel) => {
    for (const more of [
      {},
      { positions: 'rope', norm: 'rmsnorm', activation: 'swiglu', bias: false, n_kv_heads: 1, dropout: 0.1 },
      { tie_embeddings: true, positions: 'none' },
    ] as const)
      for (const wiring of ['standard', 'skip', 'joint', 'shared']) {
        const config = configOf({ ...shape, ...more, reads: namedWiring(wiring, shape) }, 65)
        for (const launch of stepOf(config, 3, parallel)) {
          const { flops, bytes } = workOf(launch)
          expect(flops, launch.kernel.name).toBeGreaterThanOrEqual(0)
          expect(bytes, launch.kernel.name).toBeGreaterThan(0)
        }
      }
  })

  // Scores and dO · vᵀ are computed once backwards where their gradients are kept, and twice where they are not.
  it.each([
    { parallel: true, products: 7 },
    { parallel: false, products: 9 },
  ])('adds up to 6 operations a weight and token, and $products causal products a slot (parallel: $parallel)', ({ parallel, products }) => {
    const B = 3
    const config = configOf({ ...shape, reads: namedWiring('standard', shape) }, 65)
    const { n_layers: L, n_heads: H, d_model: D, d_ff: F, vocab_size: V, context_length: T } = config
    const step = stepOf(config, B, parallel)
    expect(sum(step, 'flops', /^product/)).toBe(6 * B * T * (L * (4 * D * D + 2 * D * F) + V * D))
    const attention = (slots: number) => products * slots * B * T * (T + 1) * (D / H)
    expect(sum(step, 'flops', /^attention/)).toBe(attention(L * H))
    const joint = configOf({ ...shape, reads: namedWiring('joint', shape) }, 65)
    const slots = joint.reads.flat().reduce((n, head) => n + head.length, 0)
    expect(slots).toBeGreaterThan(L * H)
    expect(sum(stepOf(joint, B, parallel), 'flops', /^attention/)).toBe(attention(slots))
  })

  it('keeps scores’ gradients, but not where they are much beside a layer', () => {
    const kernels = (context_length: number): string[] => {
      const config = configOf({ ...shape, context_length, reads: namedWiring('standard', shape) }, 65)
      return stepOf(config, 3, true).map(({ kernel }) => kernel.entry)
    }
    expect(kernels(128)).toContain('gather_q_tiled')
    expect(kernels(128)).not.toContain('backward_q_tiled')
    expect(kernels(2048)).toContain('backward_q_tiled')
    expect(kernels(2048)).not.toContain('gather_q_tiled')
  })

  it('counts what is stored as f16 as half, and the same operations', () => {
    const [B, T] = [3, shape.context_length]
    const config = configOf({ ...shape, n_layers: 1, reads: namedWiring('standard', { ...shape, n_layers: 1 }) }, 65)
    const [f32, f16] = (['f32', 'f16'] as const).map((dtype) => stepOf(config, B, true, dtype))
    expect(sum(f16, 'flops')).toBe(sum(f32, 'flops'))
    // Rows of D that products read or write as f16. Queries, keys and values: x, and qkv out; x once more for the weights. Up: x, values before the activation, x once more.
    // Down: those before the activation, for the derivative. Logits: x, and once more.
    const rows = 1 + 3 + 1 + (1 + 4 + 1) + 4 + 2
    expect(sum(f32, 'bytes', /^product/) - sum(f16, 'bytes', /^product/)).toBe(2 * B * T * config.d_model * rows)
  })

  it('lets AdamW read and write what it must', () => {
    const config = configOf({ ...shape, reads: namedWiring('standard', shape) }, 65)
    const bytes = sum(stepOf(config, 3, true), 'bytes', /adamw/)
    const least = 7 * 4 * countParameters(config)
    expect(bytes).toBeGreaterThanOrEqual(least)
    // Packs are padded so that every parameter can be bound by itself.
    expect(bytes).toBeLessThan(1.2 * least)
  })
})
