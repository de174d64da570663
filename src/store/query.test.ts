import { describe, expect, it } from 'vitest'
import { DATASETS } from '../data/catalogue.ts'
import { rng } from '../data/random.ts'
import { TASKS } from '../data/tasks.ts'
import { PRESETS } from '../model/config.ts'
import { namedWiring, WIRINGS } from '../model/wiring.ts'
import { readQuery, writeQuery } from './query.ts'
import { initialSetup, isChanged, runFields, type Setup } from './setup.ts'
import { SETTINGS, type SettingKey } from './settings-catalogue.ts'
import { OWN_TEXT } from './setup/data.ts'
import { sizeOf } from './setup/settings.ts'
import { CUSTOM } from './setup/wiring.ts'

describe('readQuery', () => {
  it('takes every choice, and the fields of the preset', () => {
    const { setup, autostart } = readQuery('?autostart=1&preset=smoke&dataset=copy&wiring=skip&distance=1&heads=2&seed=5', initialSetup())
    expect(autostart).toBe(true)
    expect(setup).toMatchObject({
      preset: 'smoke',
      dataset: 'copy',
      wiring: 'skip',
      options: { distance: '1', heads: '2' },
      settings: { seed: '5' },
    })
  })

  it('takes settings whatever their order', () => {
    expect(readQuery('?steps=60&preset=smoke', initialSetup()).setup.settings).toEqual({ steps: '60' })
    expect(readQuery('?min_lr=0.002&lr=0.01', initialSetup()).setup.settings).toEqual({ min_lr: '0.002', lr: '0.01' })
  })

  it('changes nothing without keys of its own', () => {
    const nothing = { setup: initialSetup(), autostart: false, text: null, bench: null, chosen: false }
    expect(readQuery('?utm_source=x&toString=1', initialSetup())).toEqual(nothing)
  })

  it('takes what is to be timed, which is no part of the set-up', () => {
    const bench = (search: string) => readQuery(search, initialSetup()).bench
    expect(bench('?bench=tiny,gpt2s&bench_steps=40&bench_reads=skip&profile=1')).toEqual({
      shapes: ['tiny', 'gpt2s'],
      steps: 40,
      wiring: { name: 'skip' },
      profile: true,
    })
    expect(bench('?bench=all')).toEqual({ shapes: ['tiny', 'baby', 'gpt2s'], steps: 100, wiring: { name: 'standard' }, profile: false })
    expect(readQuery('?bench=tiny', initialSetup())).toMatchObject({ chosen: false, setup: initialSetup() })
  })

  it.each([
    ['?bench=tiny,huge', 'The address asks for bench=huge, which does not exist. Choose among: smoke, tiny, baby, gpt2s, all.'],
    ['?bench=tiny&bench_steps=0', 'The address says bench_steps=0. It is a whole number from 1 on.'],
    ['?bench=tiny&bench_reads=best', 'The address asks for bench_reads=best, which does not exist.'],
    ['?bench=tiny&profile=yes', 'The address asks for profile=yes, which does not exist. Choose one of: 0, 1.'],
  ])('refuses %s', (search, message) => expect(() => readQuery(search, initialSetup())).toThrow(message))

  it('takes a text by its address', () => {
    const { setup, text, chosen } = readQuery('?text=https://a.org/a.txt?b=1%26c=2', initialSetup())
    expect([setup.dataset, setup.ownText, text, chosen]).toEqual([OWN_TEXT, null, 'https://a.org/a.txt?b=1&c=2', true])
  })

  it('takes an edited wiring at the size that the address asks for', () => {
    const { setup } = readQuery('?n_layers=2&n_heads=2&reads=0*2_1.1-0', initialSetup())
    expect(setup.wiring).toBe(CUSTOM)
    expect(setup.reads).toEqual([
      [[[0, 0]], [[0, 0]]],
      [
        [[1, 1]],
        [
          [1, 1],
          [0, 0],
        ],
      ],
    ])
  })

  it.each([
    ['?preset=huge', /preset=huge.*Choose one of: smoke, tiny/],
    ['?dataset=', /dataset=\. .*Choose one of: moby-dick/],
    ['?dataset=k-hop:k=40', /dataset=k-hop:k=40\. k is "40": give a whole number, from 0 to 16/],
    ['?wiring=x', /Choose one of: standard, skip/],
    ['?autostart=yes', /autostart=yes\. Choose one of: 0, 1/],
    ['?steps=none', /steps=none\. Steps is "none": give a whole number, 1 or more/],
    ['?schedule=up', /schedule=up\. Schedule is "up"\. Choose one of: constant/],
    ['?min_lr=1', /min_lr=1\. Lowest learning rate is 1, above/],
    ['?distance=9', /wiring=joint\. .*distance is 9/],
    ['?text=a.txt', /text=a.txt\. "a.txt" is not an address/],
    ['?text=https://a.org&dataset=copy', /Leave out dataset or text/],
    ['?reads=0', /reads=0\. /],
  ])('refuses %s, listing the choices', (search, message) => {
    expect(() => readQuery(search, initialSetup())).toThrow(message)
  })
})

describe('writeQuery', () => {
  it('is short', () => {
    expect(writeQuery(initialSetup())).toEqual({ search: '?preset=tiny&dataset=moby-dick&wiring=joint', missing: null })
    const setup: Setup = {
      ...initialSetup(),
      dataset: 'k-hop:k=4',
      options: { distance: '2', group: '2' },
      settings: { steps: '60', lr: '1e-3' },
    }
    expect(writeQuery(setup).search).toBe('?preset=tiny&dataset=k-hop:k=4&wiring=joint&distance=2&steps=60')
  })

  it('says what it cannot hold', () => {
    const own: Setup = { ...initialSetup(), dataset: OWN_TEXT, ownText: { title: 'a', text: 'b' } }
    expect(writeQuery(own)).toEqual({ search: '?preset=tiny&wiring=joint', missing: 'text' })
    const url = 'https://a.org/a.txt?b=1&c=2#d'
    const { search, missing } = writeQuery({ ...own, ownText: { title: 'a', text: 'b', url } })
    expect([missing, readQuery(search, initialSetup()).text]).toEqual([null, url])
  })
})

describe('a set-up that is written and read again', () => {
  /** Another value of a setting, as a person may type it. */
  const VALUES: Partial<Record<SettingKey, string[]>> = {
    n_layers: ['2', '3', '5'],
    n_heads: ['2', '8'],
    d_model: ['64', ' 256 '],
    lr: ['3e-3', '0.0002'],
    dropout: ['.1'],
    schedule: ['wsd', 'linear'],
    activation: ['swiglu', 'relu2'],
    bias: ['false', 'true'],
    tie_embeddings: ['true'],
    seed: ['7', '4294967295'],
    clip: ['0', '1.0'],
    vocab_size: ['300'],
    val_fraction: ['0.25'],
  }

  function drawn(seed: number): Setup {
    const random = rng(seed)
    const pick = <T>(from: readonly T[]): T => from[random.below(from.length)]
    const settings: Setup['settings'] = {}
    for (const { key } of SETTINGS) {
      const values = VALUES[key]
      if (values && random.below(3) === 0) settings[key] = pick(values)
    }
    const datasets = [
      ...DATASETS.map(({ name }) => name),
      ...TASKS.flatMap(({ name, options }) => options.map((option) => `${name}:${option.name}=${option.least + 3}`)),
    ]
    const setup: Setup = {
      ...initialSetup(),
      preset: pick(PRESETS).name,
      dataset: pick(datasets),
      wiring: pick(WIRINGS).name,
      options: random.below(2) === 0 ? { heads: '1' } : {},
      settings,
    }
    if (random.below(3) > 0) return setup
    return { ...setup, wiring: CUSTOM, reads: namedWiring(pick(WIRINGS).name, sizeOf(setup)) }
  }

  it('makes the same run, two hundred times', () => {
    for (let seed = 1; seed <= 200; seed++) {
      const setup = drawn(seed)
      const { search, missing } = writeQuery(setup)
      const again = readQuery(search, initialSetup()).setup
      expect(missing).toBeNull()
      expect(isChanged({ ...again, asked: runFields(setup) }), search).toBe(false)
    }
  })
})
