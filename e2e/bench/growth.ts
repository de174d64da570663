/**
 * `growth-bench [AXES]`: how the time of a training step grows with the context T, the layers L, the width D and the vocabulary V, each over a range with the rest held
 * (AXES is a part of TLDV; all where nothing is said). JSON lines with what was measured beside what the operation count asks for at the adapter's own ceiling, and what
 * the launches cost alone; docs/growth.mjs draws them. On a processor the shapes are small: to try it out.
 */
import { openNodeGpu } from '../../src/cli/adapter.ts'
import { measureCeilings } from '../../src/gpu/ceilings.ts'
import { configOf, parameterShapes, parseSettings, type ModelConfig } from '../../src/model/config.ts'
import type { Parameters } from '../../src/model/initialise.ts'
import { count } from '../../src/tensor/recording.ts'
import { benchStep, type BenchShape } from '../../src/train/bench.ts'
import { stepFlops } from '../../src/train/planned.ts'

type Axis = 'T' | 'L' | 'D' | 'V'
interface Sizes {
  B: number
  T: number
  L: number
  D: number
  V: number
  /** Head width. */
  E: number
}

const GPU_BASE: Sizes = { B: 16, T: 256, L: 6, D: 384, V: 65, E: 64 }
const GPU_AXES: Record<Axis, number[]> = {
  T: [128, 256, 512, 1024, 2048, 4096],
  L: [2, 4, 6, 12, 24, 48],
  D: [128, 256, 384, 768, 1152, 1536],
  V: [65, 256, 1024, 8192, 32768, 50257],
}
/** What an axis holds otherwise than the rest: long contexts come few at a time. */
const GPU_HELD: Partial<Record<Axis, Partial<Sizes>>> = { T: { B: 4 } }

const SMALL_BASE: Sizes = { B: 2, T: 16, L: 2, D: 32, V: 65, E: 16 }
const SMALL_AXES: Record<Axis, number[]> = { T: [16, 32], L: [1, 2], D: [16, 32], V: [65, 130] }

function shapeOf({ B, T, L, D, V, E }: Sizes): BenchShape {
  const H = D / E
  const model = { n_layers: L, n_heads: H, n_kv_heads: H, d_model: D, d_ff: 4 * D, context_length: T }
  const settings = parseSettings({ batch_size: B, schedule: 'constant', warmup: 0, eval_every: 0, eval_batches: 1 })
  return { name: 'growth', config: configOf(model, V), settings, tokens: B * T }
}

const BLOCK = 2 ** 20
const block = new Float32Array(BLOCK)
let random = 1
for (let i = 0; i < BLOCK; i++) {
  random = (Math.imul(random, 1664525) + 1013904223) | 0
  block[i] = (0.035 * random) / 2 ** 31
}

/** Weights in the range of a start's, quickly: normal numbers for 170 million of them would take longer than all the steps. */
function quickParameters(config: ModelConfig): Parameters {
  const parameters: Parameters = new Map()
  for (const [name, shape] of parameterShapes(config)) {
    const data = new Float32Array(count(shape))
    if (name.endsWith('norm.weight')) data.fill(1)
    else if (shape.length > 1) for (let at = 0; at < data.length; at += BLOCK) data.set(block.subarray(0, data.length - at), at)
    parameters.set(name, { shape, data })
  }
  return parameters
}

const wanted = process.argv[2] ?? 'TLDV'
if (!/^[TLDV]+$/.test(wanted)) throw new Error(`"${wanted}" names no axes: give some of the letters T, L, D and V.`)

const gpu = await openNodeGpu()
const ceilings = await measureCeilings(gpu)
const axes = gpu.software ? SMALL_AXES : GPU_AXES
for (const axis of ['T', 'L', 'D', 'V'] as const) {
  if (!wanted.includes(axis)) continue
  const base: Sizes = gpu.software ? SMALL_BASE : { ...GPU_BASE, ...GPU_HELD[axis] }
  for (const value of axes[axis]) {
    const sizes = { ...base, [axis]: value }
    const shape = shapeOf(sizes)
    const result = await benchStep(gpu, shape, 'standard', gpu.software ? 1 : 20, { initial: quickParameters })
    const flops = stepFlops(shape.config, shape.settings.batch_size)
    const line = {
      axis,
      value,
      ...sizes,
      ms: result.step_ms,
      /** By the contract's operation count at what this adapter does at most. */
      predicted_ms: (1000 * flops) / ceilings.flops,
      /** By the number of launches, were each to do nothing. */
      launch_ms: result.dispatches * ceilings.launch,
      flops,
      tflops: result.tflops,
      ceiling_tflops: ceilings.flops / 1e12,
      dispatches: result.dispatches,
      parameters: result.parameters,
      peak_gpu_mb: result.peak_gpu_mb,
      adapter: result.adapter,
    }
    process.stdout.write(`${JSON.stringify(line)}\n`)
  }
}
process.exit(0)
