import { describe, expect, it } from 'vitest'
import { readQuery } from './query.ts'
import { initialSetup } from './setup.ts'

describe('readQuery', () => {
  it('takes every choice, and the fields of the preset', () => {
    const { setup, autostart } = readQuery('?autostart=1&preset=smoke&dataset=copy&wiring=skip&distance=1&heads=2&seed=5', initialSetup())
    expect(autostart).toBe(true)
    expect(setup).toMatchObject({
      preset: 'smoke',
      dataset: 'copy',
      wiring: 'skip',
      distance: '1',
      heads: '2',
      seed: '5',
      steps: '300',
      lr: '0.003',
    })
  })

  it('lets steps override the preset whatever their order', () => {
    expect(readQuery('?steps=60&preset=smoke', initialSetup()).setup.steps).toBe('60')
  })

  it('changes nothing without keys of its own', () => {
    expect(readQuery('?utm_source=x', initialSetup())).toEqual({ setup: initialSetup(), autostart: false })
  })

  it.each([
    ['?preset=huge', /preset=huge.*Choose one of: smoke, tiny/],
    ['?dataset=', /dataset=, .*Choose one of: moby-dick/],
    ['?wiring=x', /Choose one of: standard, skip/],
    ['?autostart=yes', /autostart=yes\. Choose one of: 0, 1/],
  ])('refuses %s, listing the choices', (search, message) => {
    expect(() => readQuery(search, initialSetup())).toThrow(message)
  })
})
