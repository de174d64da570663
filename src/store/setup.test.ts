import { describe, expect, it } from 'vitest'
import { namedWiring } from '../model/wiring.ts'
import { chooseDataset, choosePreset, generateFields, initialSetup, isChanged, runFields, runRequest, type Setup } from './setup.ts'
import { OWN_TEXT } from './setup/data.ts'

const setup: Setup = { ...initialSetup(), settings: { steps: '60', lr: '1e-3', seed: '7' } }

describe('runRequest', () => {
  it('is what the choices say, with options and settings only where they differ', () => {
    expect(runRequest({ ...setup, options: { distance: '2', group: '3' } })).toEqual({
      dataset: { name: 'moby-dick' },
      preset: 'tiny',
      wiring: { name: 'joint', distance: 2 },
      settings: { steps: 60, seed: 7 },
    })
  })

  it('keeps the floor of the rate below the rate', () => {
    expect(runRequest({ ...setup, settings: { lr: '0.00002' } }).settings).toEqual({ lr: 2e-5, min_lr: 2e-5 })
  })

  it('carries numbers, switches and choices as what they are', () => {
    const settings = { bias: 'false', activation: 'swiglu', dropout: ' 1e-1 ' }
    expect(runRequest({ ...setup, settings }).settings).toEqual({ bias: false, activation: 'swiglu', dropout: 0.1 })
  })

  it('carries an edited wiring that fits', () => {
    const reads = namedWiring('skip', { n_layers: 4, n_heads: 4 })
    expect(runRequest({ ...setup, wiring: 'custom', reads }).wiring).toEqual({ reads })
  })

  it('carries a text of one’s own', () => {
    const own = { title: 'a.txt', text: 'words' }
    expect(runRequest({ ...setup, dataset: OWN_TEXT, ownText: { ...own, url: 'https://a.org/a.txt' } }).dataset).toEqual(own)
    expect(() => runRequest({ ...setup, dataset: OWN_TEXT })).toThrow(/Press "Choose a text file"/)
  })

  it.each([
    [{ settings: { steps: '0' } }, /Steps is "0": give a whole number, 1 or more/],
    [{ settings: { steps: '2.5' } }, /Steps is "2.5"/],
    [{ settings: { lr: '-1' } }, /Learning rate is "-1": give a number, above 0/],
    [{ settings: { seed: '1e12' } }, /Seed is "1e12".*from 0 to 4294967295/],
    [{ settings: { n_heads: '3' } }, /d_model 128 is not divisible by n_heads 3/],
    [{ settings: { min_lr: '1' } }, /Lowest learning rate is 1, above the learning rate: give 0.001 or less/],
    [{ options: { distance: 'two' } }, /Layers back is "two"/],
    [{ options: { distance: '4' } }, /distance is 4: it must be a whole number from 1 to 3/],
    [{ options: { heads: '9' } }, /heads is 9.*from 0 to 4/],
    [{ wiring: 'woven' }, /Choose one of: standard, skip, joint/],
    [{ dataset: 'k-hop:k=99' }, /k is "99": give a whole number, from 0 to 16/],
  ])('refuses %o, naming the fix', (change, message) => {
    expect(() => runRequest({ ...setup, ...change })).toThrow(message)
  })
})

describe('isChanged', () => {
  const asked = { ...setup, asked: runFields(setup) }

  it('compares with the run that was asked for, and with nothing else', () => {
    expect(isChanged(setup)).toBe(true)
    expect(isChanged(asked)).toBe(false)
    expect(isChanged({ ...asked, prompt: 'other', topK: '3' })).toBe(false)
    expect(isChanged({ ...asked, settings: { ...asked.settings, seed: '8' } })).toBe(true)
    expect(isChanged({ ...asked, settings: { ...asked.settings, seed: 'x' } })).toBe(true)
  })

  it('looks at what is meant, not at how it is typed or at what is not used', () => {
    expect(isChanged({ ...asked, settings: { ...asked.settings, lr: '0.001', beta1: '0.90' } })).toBe(false)
    expect(isChanged({ ...asked, options: { group: '2', distance: '1' } })).toBe(false)
    expect(isChanged({ ...asked, reads: namedWiring('skip', { n_layers: 4, n_heads: 4 }) })).toBe(false)
    expect(isChanged({ ...asked, ownText: { title: 'a', text: 'b' } })).toBe(false)
  })

  it('knows one text of one’s own from another', () => {
    const own = { ...setup, dataset: OWN_TEXT, ownText: { title: 'a', text: 'b' } }
    expect(isChanged({ ...own, asked: runFields(own), ownText: { title: 'a', text: 'b' } })).toBe(false)
    expect(isChanged({ ...own, asked: runFields(own), ownText: { title: 'a', text: 'c' } })).toBe(true)
  })
})

describe('choosePreset', () => {
  it('gives back what presets decide and keeps the rest', () => {
    const typed = { ...setup, settings: { steps: '60', lr: '1', n_layers: '3', seed: '7', dropout: '0.1' } }
    expect(choosePreset(typed, 'smoke')).toMatchObject({ preset: 'smoke', settings: { seed: '7', dropout: '0.1' } })
    expect(Object.keys(choosePreset(typed, 'smoke').settings)).toEqual(['seed', 'dropout'])
  })
})

describe('chooseDataset', () => {
  it('brings a prompt for texts and none for tasks, and never touches a typed one', () => {
    const task = chooseDataset(setup, 'copy')
    expect(task.prompt).toBe('')
    expect(chooseDataset(task, 'moby-dick').prompt).toBe(setup.prompt)
    expect(chooseDataset({ ...setup, prompt: 'Call me' }, 'copy').prompt).toBe('Call me')
  })
})

describe('generateFields', () => {
  it('reads the fields, and refuses an empty prompt', () => {
    expect(generateFields({ ...setup, prompt: 'a', tokens: '5', temperature: '0', topK: '2', topP: '0.9' })).toEqual({
      prompt: 'a',
      tokens: 5,
      temperature: 0,
      topK: 2,
      topP: 0.9,
    })
    expect(() => generateFields({ ...setup, prompt: '' })).toThrow(/prompt is empty/)
    for (const topP of ['0', '1.1'])
      expect(() => generateFields({ ...setup, topP })).toThrow(`Top p is "${topP}": give a number, above 0 and at most 1`)
  })
})
