/** What a step of the bench shapes takes: launches, submits and bytes, pinned. Ceilings are PyTorch's peak bytes and what the issue of speed allows. */
import { describe, expect, test } from 'vitest'
import { H200_LIMITS } from '../gpu/device.ts'
import { configOf, parseSettings, PRESETS } from '../model/config.ts'
import { namedWiring } from '../model/wiring.ts'
import { planTraining, type Planned } from './planned.ts'

/** As `bench` plans it. */
function planOf(name: string, settings: Record<string, unknown> = {}, wiring = 'standard'): Planned {
  const preset = PRESETS.find((p) => p.name === name)
  if (!preset) throw new Error(`There is no preset ${name}.`)
  const config = configOf({ ...preset.model, reads: namedWiring(wiring, preset.model) }, preset.bench_vocab ?? 0)
  return planTraining(config, parseSettings({ ...preset.train, ...settings }), H200_LIMITS)
}

const mebibytes = ({ bytes }: Planned): number => Math.ceil(bytes / 2 ** 20)

describe.each([
  {
    name: 'tiny',
    most: { dispatches: 110, mebibytes: 146 },
    now: { dispatches: 92, mebibytes: 101 },
    recomputed: { dispatches: 131, mebibytes: 41 },
    joint: 105,
    f16: 82,
  },
  {
    name: 'baby',
    most: { dispatches: 160, mebibytes: 2670 },
    now: { dispatches: 149, mebibytes: 2183 },
    recomputed: { dispatches: 191, mebibytes: 738 },
    joint: 2257,
    f16: 1511,
  },
  {
    name: 'gpt2s',
    most: { dispatches: 310, mebibytes: 3921 },
    now: { dispatches: 299, mebibytes: 3519 },
    recomputed: { dispatches: 371, mebibytes: 2003 },
    joint: 3543,
    f16: 2859,
  },
])('a step of $name', ({ name, most, now, recomputed, joint, f16 }) => {
  const planned = planOf(name)

  test('takes as many dispatches, submits and bytes as it did', () => {
    expect({ dispatches: planned.dispatches, mebibytes: mebibytes(planned) }).toEqual(now)
  })

  test('stays below its ceilings', () => {
    expect(planned.dispatches).toBeLessThanOrEqual(most.dispatches)
    expect(planned.submits).toBeLessThanOrEqual(2)
    expect(mebibytes(planned)).toBeLessThanOrEqual(most.mebibytes)
  })

  test('takes hardly more bytes with two slots a head, whose gradients of scores are twice as many', () => {
    const planned = planOf(name, {}, 'joint')
    expect({ dispatches: planned.dispatches, mebibytes: mebibytes(planned) }).toEqual({ dispatches: now.dispatches, mebibytes: joint })
    expect(joint).toBeLessThanOrEqual(most.mebibytes)
  })

  test('takes the same dispatches and fewer bytes with f16 storage', () => {
    const narrow = planOf(name, { dtype: 'f16' })
    expect({ dispatches: narrow.dispatches, mebibytes: mebibytes(narrow) }).toEqual({ dispatches: now.dispatches, mebibytes: f16 })
  })

  test('takes little more than half of the ceiling when layers are computed again', () => {
    const again = planOf(name, { recompute: true })
    expect({ dispatches: again.dispatches, mebibytes: mebibytes(again) }).toEqual(recomputed)
    expect(mebibytes(again)).toBeLessThanOrEqual(0.55 * most.mebibytes)
  })
})
