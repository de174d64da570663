import { describe, expect, it } from 'vitest'
import {
  OWN_TEXT,
  chooseDataset,
  generateFields,
  initialSetup,
  isChanged,
  numberOf,
  optionDefault,
  runFields,
  runRequest,
} from './setup.ts'

const setup = { ...initialSetup(), dataset: 'moby-dick', preset: 'tiny', wiring: 'joint', steps: '60', lr: '1e-3', seed: '7' }

describe('runRequest', () => {
  it('is what the choices say, with options only where given', () => {
    expect(runRequest({ ...setup, distance: '2', group: '3' })).toEqual({
      dataset: { name: 'moby-dick' },
      preset: 'tiny',
      wiring: { name: 'joint', distance: 2 },
      settings: { steps: 60, lr: 1e-3, min_lr: 1e-4, seed: 7 },
    })
  })

  it('keeps the floor of the rate below the rate', () => {
    expect(runRequest({ ...setup, lr: '0.00002' }).settings).toMatchObject({ lr: 2e-5, min_lr: 2e-5 })
  })

  it('carries a text of one’s own', () => {
    const own = { title: 'a.txt', text: 'words' }
    expect(runRequest({ ...setup, dataset: OWN_TEXT, ownText: own }).dataset).toEqual(own)
    expect(() => runRequest({ ...setup, dataset: OWN_TEXT })).toThrow(/Press "Choose a text file"/)
  })

  it.each([
    [{ steps: '0' }, /Steps is "0": give a whole number, 1 or more/],
    [{ steps: '' }, /Steps is ""/],
    [{ steps: '2.5' }, /Steps is "2.5"/],
    [{ lr: '-1' }, /Learning rate is "-1"/],
    [{ seed: '1e12' }, /Seed is "1e12".*from 0 to 4294967295/],
    [{ distance: 'two' }, /Layers back is "two"/],
    [{ distance: '4' }, /distance is 4: it must be a whole number from 1 to 3/],
    [{ heads: '9' }, /heads is 9.*from 0 to 4/],
    [{ wiring: 'woven' }, /Choose one of: standard, skip, joint/],
  ])('refuses %o, naming the fix', (change, message) => {
    expect(() => runRequest({ ...setup, ...change })).toThrow(message)
  })
})

describe('isChanged', () => {
  it('compares with the run that was asked for, and with nothing else', () => {
    const asked = { ...setup, asked: runFields(setup) }
    expect(isChanged(setup)).toBe(true)
    expect(isChanged(asked)).toBe(false)
    expect(isChanged({ ...asked, prompt: 'other', topK: '3' })).toBe(false)
    expect(isChanged({ ...asked, seed: '8' })).toBe(true)
    expect(isChanged({ ...asked, ownText: { title: 'a', text: 'b' } })).toBe(true)
  })
})

describe('optionDefault', () => {
  it('is what the wiring does by itself', () => {
    expect(optionDefault({ ...setup, wiring: 'skip' }, 'distance')).toBe(2)
    expect(optionDefault({ ...setup, wiring: 'skip', preset: 'smoke' }, 'distance')).toBe(1)
    expect(optionDefault({ ...setup, wiring: 'skip' }, 'heads')).toBe(2)
    expect(optionDefault({ ...setup, wiring: 'joint' }, 'heads')).toBe(4)
    expect(optionDefault({ ...setup, wiring: 'shared' }, 'group')).toBe(2)
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
    expect(generateFields({ ...setup, prompt: 'a', tokens: '5', temperature: '0', topK: '2' })).toEqual({
      prompt: 'a',
      tokens: 5,
      temperature: 0,
      topK: 2,
    })
    expect(() => generateFields({ ...setup, prompt: '' })).toThrow(/prompt is empty/)
  })
})

describe('numberOf', () => {
  it('takes exponents and refuses the rest', () => {
    expect(numberOf('A', '3e-3', { whole: false })).toBe(0.003)
    for (const text of ['NaN', 'Infinity', ' ', '1,5']) expect(() => numberOf('A', text)).toThrow('A is')
  })
})
