/** One pass whose tables are rewritten gives the losses of the golden cases' interventions, one after another. */
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { readBatches, readJson } from '../src/cli/files.ts'
import { areSwitches, parseChanges } from '../src/model/changes.ts'
import { createForward } from '../src/train/forward.ts'
import { goldenModel } from './engine.ts'
import { caseFolder, CASES } from './golden-check.mjs'
import { machineOf } from './machines.ts'

const labSchema = z.object({ changes: z.array(z.object({ change: z.unknown(), loss: z.number() })) })

describe.each(CASES)('%s', (name) => {
  test('switched one after another, and switched back', async () => {
    const { config, parameters } = goldenModel(name)
    const [batch] = readBatches(join(caseFolder(name), 'batches.json'), config)
    const machine = await machineOf(config, parameters)
    const pass = await createForward(machine, batch.B, batch.T, { switchable: true })
    const whole = await pass.loss(batch)
    let switched = 0
    for (const { change, loss } of labSchema.parse(readJson(join(caseFolder(name), 'lab.json'))).changes) {
      const changes = parseChanges(change, config)
      if (!areSwitches(changes)) {
        expect(() => pass.change(changes)).toThrow('not compiled for such changes')
        continue
      }
      pass.change(changes)
      expect(Math.abs((await pass.loss(batch)) - loss) / loss, JSON.stringify(change)).toBeLessThan(1e-5)
      switched++
    }
    expect(switched).toBeGreaterThan(4)
    await expect(createForward(machine, batch.B, batch.T, { switchable: true, changes: [] })).rejects.toThrow('either recorded or switched')
    pass.change([])
    expect(await pass.loss(batch)).toBe(whole)
  })
})
