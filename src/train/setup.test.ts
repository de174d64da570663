import { describe, expect, test } from 'vitest'
import { setUp, type Setup, type SetupRequest } from './setup.ts'

const sentence = 'A whale swims under the ship and over the reef. '
const shipped = (name: string): Promise<string> => Promise.resolve(name === 'moby-dick' ? sentence.repeat(200) : '')
const letters = new Set(sentence).size

const set = (overrides: SetupRequest['overrides'], more: Partial<SetupRequest> = {}): Promise<Setup> =>
  setUp({ dataset: { name: 'moby-dick' }, base: { preset: 'smoke' }, overrides, ...more }, shipped)

describe('a preset', () => {
  test('its own values, the vocabulary of the data, standard wiring', async () => {
    const { config, settings, dataset } = await set({})
    expect(config).toMatchObject({
      n_layers: 2,
      n_heads: 2,
      n_kv_heads: 2,
      d_model: 32,
      d_ff: 128,
      context_length: 32,
      vocab_size: letters,
    })
    expect(config.reads).toEqual([
      [[[0, 0]], [[0, 0]]],
      [[[1, 1]], [[1, 1]]],
    ])
    expect(settings).toMatchObject({ batch_size: 8, lr: 3e-3 })
    expect(settings.warmup).toBeLessThanOrEqual(20)
    expect(dataset.tokenizer.vocabSize).toBe(letters)
  })

  test('overrides are read as numbers, truths or words', async () => {
    const { config, settings } = await set({ lr: '5e-4', bias: 'false', norm: 'rmsnorm', dropout: '0.1', tokenizer: 'byte', steps: 7 })
    expect(config).toMatchObject({ bias: false, norm: 'rmsnorm', dropout: 0.1 })
    expect(config.vocab_size).toBeGreaterThan(letters)
    expect(settings).toMatchObject({ lr: 5e-4, tokenizer: 'byte', steps: 7 })
  })

  test('F follows D and G follows H, unless they are set', async () => {
    expect((await set({ d_model: '64', n_heads: '4' })).config).toMatchObject({ d_ff: 256, n_kv_heads: 4 })
    expect((await set({ d_model: '64', d_ff: '88', n_heads: '4', n_kv_heads: '2' })).config).toMatchObject({ d_ff: 88, n_kv_heads: 2 })
  })

  test('a wiring by name takes its options from the overrides', async () => {
    const { config } = await set({ n_layers: '4', distance: '3', heads: '1' }, { wiring: { name: 'skip', distance: 1 } })
    expect(config.reads[3]).toEqual([[[3, 3]], [[0, 0]]])
    expect(config.reads[2]).toEqual([[[2, 2]], [[2, 2]]])
  })

  test('the first layer that reads back is an option too', async () => {
    const { config } = await set({ n_layers: '4', first: '3' }, { wiring: { name: 'skip' } })
    expect(config.reads.slice(2)).toEqual([
      [[[2, 2]], [[2, 2]]],
      [[[3, 3]], [[1, 1]]],
    ])
  })

  test('a task brings its length and its vocabulary', async () => {
    const { config, dataset } = await set({}, { dataset: { name: 'induction' } })
    expect(config.context_length).toBe(dataset.contextLength)
    expect(config.vocab_size).toBe(dataset.tokenizer.vocabSize)
  })
})

test('a vocabulary larger than the data needs is taken', async () => {
  expect((await set({ vocab_size: '99' })).config.vocab_size).toBe(99)
  expect((await set({ vocab_size: letters })).config.vocab_size).toBe(letters)
})

describe('options that the wiring does not use are refused', () => {
  test.each<[SetupRequest['overrides'], SetupRequest['wiring'], string]>([
    [{ group: '2' }, { name: 'skip' }, 'The wiring "skip" takes no group: it takes distance, heads, first. Leave group out.'],
    [{ distance: '1' }, { name: 'shared' }, 'The wiring "shared" takes no distance: it takes group. Leave distance out.'],
    [{ heads: '1' }, { name: 'all-earlier' }, 'The wiring "all-earlier" takes no heads: it takes no options. Leave heads out.'],
    [{}, { name: 'shared', heads: 1 }, 'The wiring "shared" takes no heads: it takes group. Leave heads out.'],
    [{ heads: '1' }, { reads: [] }, 'Reads that are written out take no heads. Leave it out, or choose a wiring by name.'],
  ])('%j with %j', async (overrides, wiring, message) => {
    await expect(set(overrides, { wiring })).rejects.toThrow(message)
  })

  test('options in the choice itself, some of them not given', async () => {
    const { config } = await set({}, { wiring: { name: 'skip', distance: 1, heads: 2, group: undefined } })
    expect(config.reads[1]).toEqual([[[0, 0]], [[0, 0]]])
  })
})

describe('the length of a task', () => {
  const task = { dataset: { name: 'induction' } }
  const due = async (): Promise<number> => (await set({}, task)).config.context_length

  test('is taken where it is said too', async () => {
    const T = await due()
    expect((await set({ context_length: String(T) }, task)).config.context_length).toBe(T)
  })

  test.each([1, -1])('%i more is refused', async (more) => {
    const T = await due()
    const message = `has sequences of ${T} tokens and context_length is ${T + more}. Set context_length to ${T}`
    await expect(set({ context_length: String(T + more) }, task)).rejects.toThrow(message)
    const config = { n_layers: 2, n_heads: 2, n_kv_heads: 2, d_model: 16, d_ff: 24, context_length: T + more }
    await expect(set({}, { ...task, base: { config } })).rejects.toThrow(message)
    expect((await set({ context_length: T }, { ...task, base: { config } })).config.context_length).toBe(T)
  })
})

describe('a config', () => {
  const own = { n_layers: 2, n_heads: 2, n_kv_heads: 1, d_model: 16, d_ff: 24, context_length: 16, positions: 'rope' }
  const reads = [
    [[[0, 0]], [[0, 0]]],
    [[[1, 1]], [[1, 0]]],
  ]

  test('keeps its widths and its reads', async () => {
    const { config } = await set({}, { base: { config: { ...own, vocab_size: 50, reads } } })
    expect(config).toMatchObject({ ...own, vocab_size: 50, reads })
  })

  test('a wiring replaces its reads, an override its fields', async () => {
    const { config } = await set({ dropout: '0.5' }, { base: { config: { ...own, reads } }, wiring: { name: 'joint' } })
    expect(config.reads[1][0]).toEqual([
      [1, 1],
      [0, 0],
    ])
    expect(config).toMatchObject({ dropout: 0.5, vocab_size: letters })
  })

  test('options of a wiring need a wiring by name', async () => {
    const message = 'Reads that are written out take no distance. Leave it out, or choose a wiring by name.'
    await expect(set({ distance: '1' }, { base: { config: { ...own, reads } } })).rejects.toThrow(message)
    const { config } = await set({ distance: '1', heads: '2' }, { base: { config: { ...own, reads } }, wiring: { name: 'skip' } })
    expect(config.reads[1]).toEqual([[[0, 0]], [[0, 0]]])
  })

  test('an override of the vocabulary replaces its own', async () => {
    expect((await set({ vocab_size: '70' }, { base: { config: { ...own, vocab_size: 3 } } })).config.vocab_size).toBe(70)
  })

  test.each<[unknown, RegExp]>([
    [{ ...own, vocab_size: 3 }, /The config's vocab_size is 3, the data needs \d+\. Raise it or leave it out\./],
    [{ ...own, d_model: 17 }, /The config: d_model 17 is not divisible by n_heads 2\. Make it a multiple\./],
    [{ ...own, depth: 3 }, /The config: .+depth/],
    [{ ...own, n_layers: 0 }, /n_layers and n_heads must be whole numbers from 1 on\./],
    [[], /The config: a JSON object is due\./],
    ['small', /The config: a JSON object is due\./],
  ])('%j is refused', async (config, message) => {
    await expect(set({}, { base: { config } })).rejects.toThrow(message)
  })
})

test.each<[SetupRequest['overrides'], RegExp]>([
  [
    { speed: '9' },
    /^There is no setting called "speed"\. Choose one of: vocab_size, context_length, .*batch_size, .*distance, heads, first, group\.$/,
  ],
  [{ vocab_size: '9' }, /^vocab_size is 9, the data needs \d+\. Raise it or leave it out\.$/],
  [{ vocab_size: '99.5' }, /^vocab_size is 99\.5, the data needs \d+\./],
  [{ vocab_size: 'many' }, /^vocab_size is "many", the data needs \d+\./],
  [{ distance: '1' }, /^The wiring "standard" takes no distance: it takes no options\. Leave distance out\.$/],
  [{ lr: 'fast' }, /^The training settings: lr: /],
  [{ lr: 'NaN' }, /^The training settings: lr: /],
  [{ lr: 'Infinity' }, /^The training settings: lr: /],
  [{ batch_size: '0' }, /^The training settings: batch_size: /],
  [{ batch_size: '8', accumulate: '3' }, /^The training settings: accumulate 3 must divide batch_size 8, since .+ Change one of them\.$/],
  [{ accumulate: '0' }, /^The training settings: accumulate: /],
  [{ recompute: 'sometimes' }, /^The training settings: recompute: /],
  [{ batch_size: '1.5' }, /^The training settings: batch_size: /],
  [{ activation: 'tanh' }, /activation: /],
  [{ context_length: 'long' }, /context_length/],
  [{ context_length: '100000' }, /is too short for context_length 100000: .+ Lower context_length to \d+ or less, or bring more text\.$/],
])('%j is refused', async (overrides, message) => {
  await expect(set(overrides)).rejects.toThrow(message)
})

test('an unknown preset names the presets', async () => {
  await expect(set({}, { base: { preset: 'huge' } })).rejects.toThrow('There is no preset called "huge". Choose one of: smoke, tiny, ')
})
