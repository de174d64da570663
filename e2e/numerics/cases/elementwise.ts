/** The small passes. */
import { addInto, maskGradient, zeroColumns } from '../../../src/tensor/elementwise.ts'
import { SHORT, type Case } from '../case.ts'
import { add, maskOf, values } from '../harness.ts'

const ROWS = 7
const STRIDE = 19
const AT = { offset: 4, columns: 9 }

const inside = (i: number): boolean => i % STRIDE >= AT.offset && i % STRIDE < AT.offset + AT.columns

export const elementwiseCases: Case[] = [
  ...[false, true].map((accumulate): Case => ({
    name: `add 67, ${accumulate ? '+=' : '='}`,
    tolerance: SHORT,
    kernels: 'serial',
    run: async ({ trial }) => {
      const t = trial()
      const [x64, into64] = [values(1, 67), values(2, 67)]
      const into = t.data('out', [67], into64)
      addInto(t.recording, t.data('x', [67], x64), { into, accumulate })
      const ready = await t.compile()
      ready.run()
      const errors = { out: await ready.error(into, accumulate ? add(x64, into64) : x64) }
      ready.dispose()
      return errors
    },
  })),
  {
    name: 'dropout mask of 13×11 gradients',
    tolerance: SHORT,
    kernels: 'serial',
    run: async ({ trial }) => {
      const t = trial()
      const dy64 = values(1, 13 * 11)
      const out = maskGradient(t.recording, t.data('dy', [13, 11], dy64), { site: 9, p: 0.4 }, t.inputs.state)
      const ready = await t.compile()
      ready.run()
      const mask = maskOf(9, 0.4, 13 * 11)
      const errors = {
        out: await ready.error(
          out,
          dy64.map((value, i) => value * mask[i]),
        ),
      }
      ready.dispose()
      return errors
    },
  },
  {
    name: 'zero 9 columns of 7×19',
    tolerance: SHORT,
    kernels: 'serial',
    run: async ({ trial }) => {
      const t = trial()
      const x64 = values(1, ROWS * STRIDE)
      const x = t.data('x', [ROWS, STRIDE], x64)
      zeroColumns(t.recording, x.region, { rows: ROWS, columns: AT.columns, stride: STRIDE, offset: AT.offset })
      const ready = await t.compile()
      ready.run()
      const errors = {
        x: await ready.error(
          x,
          x64.map((value, i) => (inside(i) ? 0 : value)),
        ),
      }
      ready.dispose()
      return errors
    },
  },
]
