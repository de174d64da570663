/** What the profiler holds kernels against: that it does what is counted. */
import { copy, multiplyAdd, touch } from '../../../src/gpu/ceilings.ts'
import { SHORT, type Case } from '../case.ts'
import { values } from '../harness.ts'

export const ceilingsCases: Case[] = [
  {
    name: 'multiply-adds of 301 invocations, 16 rounds',
    tolerance: SHORT,
    kernels: 'serial',
    run: async ({ trial }) => {
      const t = trial({ training: false })
      const [n, rounds, scale, shift] = [301, 16, 0.75, 0.5]
      const out = t.data('out', [n + 1, 4], new Float64Array(4 * (n + 1)))
      t.recording.launch(multiplyAdd(n, rounds, out.region, { scale, shift }))
      const ready = await t.compile()
      ready.run()
      const after = (v: number): number => {
        for (let round = 0; round < rounds; round++) v = v * scale + shift
        return v
      }
      const expected = Float64Array.from({ length: 4 * (n + 1) }, (_, at) => {
        const i = Math.floor(at / 4)
        // The row behind the last is nobody's.
        return i === n ? 0 : [0, 1, 2, 3].reduce((sum, more) => sum + after((i % 64) + more), 0)
      })
      const errors = { out: await ready.error(out, expected) }
      ready.dispose()
      return errors
    },
  },
  {
    name: 'a copy of 301×4, and a launch that touches one value twice',
    tolerance: SHORT,
    kernels: 'serial',
    run: async ({ trial }) => {
      const t = trial({ training: false })
      const x64 = values(1, 4 * 301)
      const out = t.data('out', [301, 4], new Float64Array(4 * 301))
      t.recording.launch(copy(301, t.data('x', [301, 4], x64).region, out.region))
      t.recording.launch(touch(out.region))
      t.recording.launch(touch(out.region))
      const ready = await t.compile()
      ready.run()
      const errors = {
        out: await ready.error(
          out,
          x64.map((value, i) => (i < 4 ? value + 2 : value)),
        ),
      }
      ready.dispose()
      return errors
    },
  },
]
