import type { Case } from '../case.ts'
import { worse } from '../harness.ts'

/** With subgroups, where a device has them, and without. */
export const withAndWithoutSubgroups =
  (run: Case['run']): Case['run'] =>
  async (harness) => {
    const errors = await run(harness)
    const { parallel, subgroup } = harness.variants
    if (parallel && subgroup) worse(errors, await run(harness.withoutSubgroups()), 'without subgroups')
    return errors
  }
