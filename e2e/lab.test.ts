/** What is looked at while a model trains: cuts, and the probe. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { openNodeGpu } from '../src/cli/adapter.ts'
import { writeFolder } from '../src/cli/files.ts'
import { writeModelFolder } from '../src/io/folder.ts'
import { lossUnder, measureHeads } from '../src/lab/batch-runs.ts'
import { answerLab, CalledOff } from '../src/lab/ask.ts'
import { cutHead } from '../src/lab/cut.ts'
import { createEffectMeter } from '../src/lab/effect.ts'
import { createHeldOut } from '../src/lab/held-out.ts'
import { createProbe } from '../src/lab/probe.ts'
import { cutChanges, type Change } from '../src/model/changes.ts'
import { createForward } from '../src/train/forward.ts'
import { countGpu } from './count-gpu.ts'
import { setUpSmoke, startRun } from './engine.ts'
import { jsonLines, skipscope } from './skipscope.ts'

const scratch = mkdtempSync(join(tmpdir(), 'lab-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

const lines = z.array(z.object({ loss: z.number() }))
const rowsOf = (values: ArrayLike<number>, T: number): number[][] =>
  Array.from({ length: values.length / T }, (_, b) => Array.from(values).slice(b * T, (b + 1) * T))

/** A trained model, and the losses of one held-out batch under changes as the command line's `intervene` has them. */
async function trained(wiring: string, overrides: Record<string, number>, dataset?: string) {
  const setup = await setUpSmoke({ lr: 1e-2, warmup: 5, ...overrides }, wiring, dataset)
  const { machine, trainer } = await startRun(setup)
  while (trainer.done < 30) trainer.step()
  const { config, settings } = setup
  const batchOf = (i: number) => setup.dataset.heldOutBatch(i, settings.batch_size, config.context_length)
  const intervene = async (changes: Change[][]): Promise<number[]> => {
    const [folder, batches, file] = ['model', 'batches.json', 'changes.json'].map((name) => join(scratch, `${wiring}-${name}`))
    const { tokens, targets } = batchOf(0)
    writeFolder(folder, writeModelFolder({ config, parameters: await machine.readPack('parameters') }))
    writeFileSync(file, JSON.stringify(changes))
    const T = config.context_length
    writeFileSync(batches, JSON.stringify([{ tokens: rowsOf(tokens, T), targets: rowsOf(targets, T) }]))
    const { status, stdout, stderr } = await skipscope(['intervene', '--model', folder, '--batches', batches, '--changes', file])
    expect(status, stderr).toBe(0)
    return lines.parse(jsonLines(stdout)).map(({ loss }) => loss)
  }
  return { ...setup, machine, trainer, batchOf, intervene }
}

describe('the cut', () => {
  test.each([
    { wiring: 'joint', head: 0, due: [{ close: [1, 0, 1] }] },
    { wiring: 'skip', head: 1, due: [{ ablate: [1, 1], with: 'mean' }] },
    { wiring: 'values-from-first', head: 1, due: [{ ablate: [1, 1], with: 'mean' }] },
  ])("has the losses of the command line's intervene: $wiring", async ({ wiring, head, due }) => {
    const { machine, trainer, dataset, settings, config, intervene } = await trained(wiring, { batch_size: 32 })
    const meter = await createEffectMeter(machine, dataset, settings)
    const result = await cutHead(meter, config.reads, 30, 1, head)
    expect(result.changes).toEqual(due)
    expect(result).toMatchObject({ layer: 1, head, step: 30, sequences: 32 })
    const [whole, without] = await intervene([[], cutChanges(config.reads, 1, head)])
    expect(Math.abs(result.loss - whole) / whole).toBeLessThan(1e-5)
    expect(Math.abs(result.loss + result.difference - without) / without).toBeLessThan(1e-5)
    expect(result.interval).toBeGreaterThan(0)
    expect(Math.abs(result.difference)).toBeGreaterThan(1e-5)
    // The losses without a cut are those of a step: they follow the weights.
    trainer.step()
    expect((await cutHead(meter, config.reads, 31, 1, head)).loss).not.toBe(result.loss)
    machine.dispose()
  })

  test('takes several batches, and targets that are left out', async () => {
    const { machine, dataset, settings, config, batchOf } = await trained('joint', { batch_size: 8 }, 'induction')
    const meter = await createEffectMeter(machine, dataset, settings)
    const { loss, difference, sequences } = await cutHead(meter, config.reads, 30, 1, 0)
    expect(sequences).toBe(32)
    const meanUnder = async (changes: Change[]): Promise<number> => {
      let sum = 0
      for (let i = 0; i < 4; i++) sum += (await lossUnder(machine, { ...batchOf(i), B: 8, T: config.context_length }, changes)) / 4
      return sum
    }
    expect(batchOf(0).targets).toContain(-1)
    const whole = await meanUnder([])
    expect(Math.abs(loss - whole) / whole).toBeLessThan(1e-5)
    expect(difference).toBeCloseTo((await meanUnder(cutChanges(config.reads, 1, 0))) - whole, 5)
    machine.dispose()
  })

  test('leaves nothing behind', async () => {
    const gpu = await openNodeGpu()
    const counts = countGpu(gpu.device)
    const setup = await setUpSmoke({ batch_size: 32 }, 'joint')
    const { machine } = await startRun(setup, { gpu })
    const before = (await counts.live()).buffers
    const meter = await createEffectMeter(machine, setup.dataset, setup.settings)
    await cutHead(meter, setup.config.reads, 0, 1, 0)
    await cutHead(meter, setup.config.reads, 0, 1, 1)
    meter.dispose()
    expect((await counts.live()).buffers).toBe(before)
    machine.dispose()
  })
})

test('a sweep makes nothing, and takes two dispatches a layer more than an evaluation for each head', async () => {
  const gpu = await openNodeGpu()
  const counts = countGpu(gpu.device)
  const setup = await setUpSmoke({ batch_size: 32 }, 'joint')
  const { config, settings, dataset } = setup
  const { machine } = await startRun(setup, { gpu })
  const meter = await createEffectMeter(machine, dataset, settings)
  const after: number[] = []
  const sweep = () =>
    answerLab(
      { machine, dataset, settings, step: 0, meter: () => Promise.resolve(meter) },
      { about: 'sweep', sweep: 'mean' },
      { progress: () => after.push(counts.dispatches) },
    )
  await sweep()
  const plain = await createForward(machine, 32, config.context_length)
  const before = { created: { ...counts.created }, dispatches: counts.dispatches }
  after.length = 0
  await sweep()
  const heads = config.n_layers * config.n_heads
  const each = plain.dispatches + 2 * config.n_layers
  expect(counts.created).toEqual(before.created)
  // The next head is under way before one is told of.
  expect(after.map((dispatches) => (dispatches - before.dispatches) / each)).toEqual([2, 3, 4, 4])
  expect(after).toHaveLength(heads)
  machine.dispose()
})

test('heads that are swept two at a time have the numbers of one after another', async () => {
  const { machine, dataset, settings, config } = await trained('joint', { batch_size: 8 }, 'induction')
  const meter = await createEffectMeter(machine, dataset, settings)
  const model = { machine, dataset, settings, step: 30, meter: () => Promise.resolve(meter) }
  const told: string[] = []
  let stopAfter = Infinity
  const asking = { progress: (done: number, total: number) => void told.push(`${done}/${total}`), stop: () => told.length >= stopAfter }
  const answer = await answerLab(model, { about: 'sweep', sweep: 'mean' }, asking)
  if (answer.about !== 'sweep') throw new Error(`The answer is about ${answer.about}.`)
  expect(told).toEqual(Array.from({ length: 4 }, (_, i) => `${i + 1}/4`))
  for (const { layer, head, ...effect } of answer.heads)
    expect(await meter.measure(30, [{ ablate: [layer, head], with: 'mean' }]), `${layer}.${head}`).toEqual(effect)
  expect(new Set(answer.heads.map(({ difference }) => difference)).size).toBe(config.n_layers * config.n_heads)
  const sources = await answerLab(model, { about: 'sources' }, {})
  if (sources.about !== 'sources') throw new Error(`The answer is about ${sources.about}.`)
  for (const { layer, head, slot, ...effect } of sources.sources)
    expect(await meter.measure(30, [{ close: [layer, head, slot] }]), `${layer}.${head}.${slot}`).toEqual(effect)
  // However many batches are copied together.
  const pass = await createForward(machine, 8, config.context_length, { switchable: true })
  const change = [{ ablate: [1, 0], with: 'mean' }] satisfies Change[]
  const [one, two] = [1, 2 ** 21].map((together) => createHeldOut(machine, dataset, settings, 32, { underWay: 2, together }))
  const [part, plain, whole] = await Promise.all([one.measure(pass, change), two.measure(pass, []), two.measure(pass, change)])
  expect(part.sums).toHaveLength(32)
  expect(part).toEqual(whole)
  expect(plain).not.toEqual(whole)
  // Called off in the middle, it leaves the meter as it was.
  stopAfter = told.length + 2
  await expect(answerLab(model, { about: 'sweep', sweep: 'zero' }, asking)).rejects.toThrow(CalledOff)
  expect((await meter.measure(30, [])).difference).toBe(0)
  machine.dispose()
})

test("the probe's measures are those of `heads` on the held-out sample, whatever text is looked at", async () => {
  const gpu = await openNodeGpu()
  const counts = countGpu(gpu.device)
  const setup = await setUpSmoke({ batch_size: 2 }, 'joint')
  const { machine, trainer } = await startRun(setup, { gpu })
  trainer.step()
  await trainer.fetch()
  const before = (await counts.live()).buffers
  const probe = await createProbe(machine, setup.dataset)
  const T = setup.config.context_length
  const tokens = setup.dataset.heldOutSample(T)
  const own = await probe.maps(1)
  expect(own).toMatchObject({ step: 1, length: T, labels: Array.from(tokens, (id) => setup.dataset.tokenizer.label(id)) })
  expect(probe.heldOut).toBe(setup.dataset.tokenizer.decode(tokens))
  expect(own.heads).toEqual(await measureHeads(machine, { B: 1, T, tokens, targets: new Int32Array(T) }))
  await probe.look('Call me')
  const looked = await probe.maps(1)
  expect(looked).toMatchObject({ length: 7, labels: ['C', 'a', 'l', 'l', '␣', 'm', 'e'] })
  expect(looked.patterns[1][0].length).toBe(7 * 14)
  expect(looked.heads).toEqual(own.heads)
  await probe.look('')
  expect(await probe.maps(1)).toEqual(own)
  probe.dispose()
  expect((await counts.live()).buffers).toBe(before)
  machine.dispose()
})
