import { describe, expect, it } from 'vitest'
import { trainSettings } from '../model/config.ts'
import { inventedRun } from './invented-run.ts'
import { changeFrom, commonLosses, differences, evidence, MODEL_FIELDS, TRAINING_FIELDS, wiringInWords } from './run-diff.ts'

const run = (...choices: Parameters<typeof inventedRun> extends [string, ...infer Rest] ? Rest : never) => inventedRun('a', ...choices)
const joint = run()
const standard = run(40, { wiring: { name: 'standard' } })

describe('differences', () => {
  it('finds none between equal runs', () => {
    expect(differences([joint, run()])).toEqual([])
    expect(changeFrom(joint, run())).toBe('The same set-up as the one before.')
  })

  it('names dataset, wiring, model, settings, seed and steps in words', () => {
    const other = run(60, {
      preset: 'tiny',
      wiring: { name: 'skip', distance: 1, heads: 3 },
      settings: { seed: 2, schedule: 'wsd', clip: 0, steps: 2000 },
      model: { norm: 'rmsnorm', d_ff: 100 },
      recording: { dataset: 'k-hop:k=4' },
    })
    expect(Object.fromEntries(differences([joint, other]).map(({ label, values }) => [label, values]))).toMatchObject({
      Dataset: ['Moby Dick', 'k-hop induction, k=4'],
      Wiring: ['joint, 1 layer back', 'skip, 1 layer back, 3 heads'],
      Layers: ['2', '4'],
      'Feed-forward width': ['128', '100'],
      Context: ['32 tokens', '128 tokens'],
      Norm: ['LayerNorm', 'RMSNorm'],
      'Planned steps': ['300', '2,000'],
      'Course of the learning rate': ['cosine', 'steady, then falling'],
      'Largest gradient norm': ['1', 'no limit'],
      Seed: ['1', '2'],
      'Steps done': ['40', '60'],
    })
  })

  it('leaves out what follows from another field', () => {
    const wide = run(40, { model: { n_heads: 4, n_kv_heads: 4, d_model: 64, d_ff: 256 } })
    expect(differences([joint, wide]).map(({ label }) => label)).toEqual(['Heads in a layer', 'Model width'])
  })

  it('has words for every setting and every field of the model', () => {
    expect(TRAINING_FIELDS.length).toBe(Object.keys(trainSettings.shape).length - ['seed'].length)
    expect(MODEL_FIELDS.length).toBe(Object.keys(joint.recording.config).length - ['model_type', 'reads'].length)
    for (const field of [...MODEL_FIELDS, ...TRAINING_FIELDS]) expect(field.value(joint)).toMatch(/\S/)
  })

  it('tells custom wirings apart', () => {
    const custom = (head: number) => {
      const made = run(40, { wiring: { name: 'standard' } })
      made.recording.wiring = 'custom'
      made.recording.config.reads[1][head] = [[0, 0]]
      return made
    }
    expect(differences([custom(0), custom(1), custom(0)])).toEqual([
      { label: 'Wiring', values: ['a', 'b', 'a'].map((letter) => `custom, 1 of 4 heads read back (${letter})`) },
    ])
  })
})

describe('wiringInWords', () => {
  it('finds the options from the reads', () => {
    const words = (wiring: { name: string; distance?: number; heads?: number; group?: number }) =>
      wiringInWords(run(40, { preset: 'tiny', wiring }).recording)
    expect(words({ name: 'standard' })).toBe('standard')
    expect(words({ name: 'joint', distance: 3 })).toBe('joint, 3 layers back')
    expect(words({ name: 'skip' })).toBe('skip, 2 layers back')
    expect(words({ name: 'shared', group: 4 })).toBe('cross-layer groups, 4 layers in a group')
    expect(words({ name: 'values-from-first', heads: 1 })).toBe('values from the first layer, 1 head')
    expect(words({ name: 'all-earlier' })).toBe('all earlier layers')
  })
})

describe('changeFrom', () => {
  it('says up to two changes with their values, and more by name', () => {
    expect(changeFrom(standard, joint)).toBe('Differs from the one before by wiring: standard instead of joint, 1 layer back.')
    const many = run(40, { wiring: { name: 'standard' }, settings: { seed: 2, lr: 1, warmup: 7 } })
    expect(changeFrom(many, joint)).toBe('Differs from the one before by wiring, learning rate and 2 more.')
  })
})

describe('comparing losses', () => {
  it('says what they prove', () => {
    const seeded = (seed: number) => run(40, { settings: { seed } })
    expect(evidence([joint, standard])).toMatch(/^One seed each: not evidence/)
    expect(evidence([joint, seeded(2)])).toMatch(/^The same set-up with other seeds/)
    expect(evidence([joint, seeded(2), standard])).toMatch(/^Few seeds each/)
    expect(evidence([joint, run(40, { recording: { dataset: 'copy' } })])).toMatch(/different data/)
  })

  it('takes the last step that all have measured', () => {
    expect(commonLosses([run(40), run(70)])).toEqual({ step: 40, losses: [3, 3] })
    expect(commonLosses([run(40), run(10)])).toBeNull()
  })
})
