import { describe, expect, it } from 'vitest'
import { initialSetup, type Setup } from '../setup.ts'
import { isOwnSetting, overridesOf, setSetting, settingOf, settingProblem, sizeOf, usualSetting } from './settings.ts'

const setup = initialSetup()
const typed = (settings: Setup['settings'], more: Partial<Setup> = {}): Setup => ({ ...setup, ...more, settings })

describe('settingOf', () => {
  it('is what is typed, or the preset’s', () => {
    expect(settingOf(setup, 'steps')).toBe('2000')
    expect(settingOf(typed({ steps: '5' }), 'steps')).toBe('5')
    expect(settingOf(typed({ steps: ' ' }), 'steps')).toBe('2000')
    expect(settingOf(setup, 'vocab_size')).toBe('')
  })

  it('follows width, heads, rate and task', () => {
    expect(settingOf(typed({ d_model: '64', n_heads: '8' }), 'd_ff')).toBe('256')
    expect(settingOf(typed({ d_model: '64', n_heads: '8' }), 'n_kv_heads')).toBe('8')
    expect(settingOf(typed({ d_model: '64' }), 'n_kv_heads')).toBe('4')
    expect(settingOf(typed({ lr: '1e-5' }), 'min_lr')).toBe('0.00001')
    expect(usualSetting(typed({ d_model: '64' }), 'd_model')).toBe('128')
    expect(settingOf(typed({}, { dataset: 'k-hop:k=4' }), 'context_length')).toBe('100')
  })
})

describe('setSetting', () => {
  it('keeps what is typed and drops what is blank', () => {
    const once = setSetting(setup, 'dropout', '0.1')
    expect(once.settings).toEqual({ dropout: '0.1' })
    expect(setSetting(once, 'dropout', ' ').settings).toEqual({})
    expect(setup.settings).toEqual({})
  })
})

describe('isOwnSetting', () => {
  it('compares what is meant', () => {
    expect(isOwnSetting(typed({ lr: '1e-3' }), 'lr')).toBe(false)
    expect(isOwnSetting(typed({ lr: '2e-3' }), 'lr')).toBe(true)
    expect(isOwnSetting(typed({ lr: '2e' }), 'lr')).toBe(true)
    expect(isOwnSetting(typed({ vocab_size: '300' }), 'vocab_size')).toBe(true)
    expect(isOwnSetting(setup, 'vocab_size')).toBe(false)
  })
})

describe('settingProblem', () => {
  it('says what is wrong, and null when nothing is', () => {
    expect(settingProblem(setup, 'vocab_size')).toBeNull()
    expect(settingProblem(typed({ dropout: '1' }), 'dropout')).toBe('Dropout is "1": give a number, at least 0 and below 1.')
    expect(settingProblem(typed({ norm: 'batch' }), 'norm')).toBe('Normalisation is "batch". Choose one of: layernorm, rmsnorm.')
    expect(settingProblem(typed({ context_length: '64' }, { dataset: 'k-hop' }), 'context_length')).toMatch(/sequences of 100: reset it/)
  })
})

describe('overridesOf', () => {
  it('names what differs alone', () => {
    expect(overridesOf(typed({ lr: '0.001', d_model: '64', min_lr: '5e-5' }))).toEqual({ d_model: 64, min_lr: 5e-5 })
    expect(overridesOf(typed({}, { preset: 'gpt2s' }))).toEqual({})
  })
})

describe('sizeOf', () => {
  it('is the preset’s with what is typed, and throws on what is no number', () => {
    expect(sizeOf(typed({ n_layers: '3', n_heads: '8' }))).toEqual({
      n_layers: 3,
      n_heads: 8,
      n_kv_heads: 8,
      d_model: 128,
      context_length: 128,
    })
    expect(() => sizeOf(typed({ n_layers: 'x' }))).toThrow('Layers is "x": give a whole number, 1 or more.')
  })
})
