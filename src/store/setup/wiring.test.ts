import { describe, expect, it } from 'vitest'
import { namedWiring } from '../../model/wiring.ts'
import { initialSetup } from '../setup.ts'
import { CUSTOM, optionDefault, readsOf, wiringChoices } from './wiring.ts'

const setup = initialSetup()

describe('readsOf', () => {
  it('is the wiring by name at the size in force', () => {
    const size = { n_layers: 3, n_heads: 2 }
    const chosen = { ...setup, settings: { n_layers: '3', n_heads: '2' }, wiring: 'skip', options: { distance: '1' } }
    expect(readsOf(chosen)).toEqual(namedWiring('skip', size, { distance: 1 }))
  })

  it('is the edited one, as long as the model has its size', () => {
    const reads = namedWiring('all-earlier', { n_layers: 4, n_heads: 4 })
    const edited = { ...setup, wiring: CUSTOM, reads }
    expect(readsOf(edited)).toBe(reads)
    expect(() => readsOf({ ...edited, preset: 'baby' })).toThrow(
      'The edited wiring is for 4 layers of 4 heads, the model has 6 of 6: choose a wiring by name or edit again.',
    )
    expect(() => readsOf({ ...edited, reads: null })).toThrow('There is no edited wiring yet')
  })
})

describe('optionDefault', () => {
  it('is what the wiring does by itself', () => {
    expect(optionDefault({ ...setup, wiring: 'skip' }, 'distance')).toBe(2)
    expect(optionDefault({ ...setup, wiring: 'skip', preset: 'smoke' }, 'distance')).toBe(1)
    expect(optionDefault({ ...setup, wiring: 'skip' }, 'heads')).toBe(2)
    expect(optionDefault({ ...setup, wiring: 'joint' }, 'heads')).toBe(4)
    expect(optionDefault({ ...setup, wiring: 'shared' }, 'group')).toBe(2)
    expect(optionDefault({ ...setup, settings: { n_layers: '1' } }, 'distance')).toBeNull()
  })
})

describe('wiringChoices', () => {
  it('offers the edited wiring once there is one', () => {
    expect(wiringChoices(false).map(({ label }) => label)).not.toContain('Custom (edited)')
    expect(wiringChoices(true).at(-1)).toEqual({ value: 'custom', label: 'Custom (edited)' })
  })
})
