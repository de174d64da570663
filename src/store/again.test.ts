import { describe, expect, it } from 'vitest'
import { namedWiring } from '../model/wiring.ts'
import { setUp, type Setup } from '../train/setup.ts'
import type { RunRequest, RunSummary } from '../worker/protocol.ts'
import { requestAgain } from './again.ts'
import { inventedSummary } from './invented-session.ts'

const whale = 'A whale swims under the ship and over the reef. '.repeat(200)
const load = (name: string) => (name === 'moby-dick' ? Promise.resolve(whale) : Promise.reject(new Error(`no ${name}`)))

const made = ({ dataset, preset, wiring, settings }: RunRequest): Promise<Setup> =>
  setUp({ dataset, base: { preset }, wiring, overrides: settings }, load)

/** What the worker says of a run that was set up so. */
function summaryOf({ config, settings, dataset }: Setup, { preset, dataset: choice }: RunRequest): RunSummary {
  const heldOut = dataset.tokenizer.decode(dataset.heldOutSample(config.context_length))
  return inventedSummary({ config, settings, preset, heldOut, dataset: 'name' in choice ? choice.name : choice.title })
}

const asked: RunRequest = {
  dataset: { name: 'moby-dick' },
  preset: 'smoke',
  wiring: { name: 'skip', distance: 1, heads: 1 },
  settings: { n_layers: 3, lr: '5e-4', norm: 'rmsnorm', bias: 'false', seed: 7, steps: 40, vocab_size: 90, dropout: 0.1 },
}
const own = { title: 'Pasted text', text: 'How much wood would a woodchuck chuck? '.repeat(200) }

async function again(request: RunRequest, ownText: typeof own | null, wiring?: RunRequest['wiring']) {
  const setup = await made(request)
  const repeated = requestAgain(summaryOf(setup, request), ownText, wiring)
  return { setup, repeated, twin: await made(repeated) }
}

describe('requestAgain', () => {
  it.each<[string, RunRequest, typeof own | null]>([
    ['a text', asked, null],
    ['a task with options', { ...asked, dataset: { name: 'k-hop:k=2' }, settings: { seed: 3 } }, null],
    ['a text of one’s own', { ...asked, dataset: own }, own],
    ['a text of one’s own in bytes', { ...asked, dataset: own, settings: { tokenizer: 'byte' } }, own],
    ['a text whose title is that of the catalogue', { ...asked, dataset: { ...own, title: 'moby-dick' } }, { ...own, title: 'moby-dick' }],
  ])('gives the same model, settings and data of %s', async (_, request, ownText) => {
    const { setup, twin } = await again(request, ownText)
    expect(twin.config).toEqual(setup.config)
    expect(twin.settings).toEqual(setup.settings)
    const batch = ({ config, settings, dataset }: Setup) => dataset.trainBatch(settings.seed, 5, 2, config.context_length)
    expect(batch(twin)).toEqual(batch(setup))
  })

  it('gives the standard twin, which differs in its reads alone', async () => {
    const { setup, repeated, twin } = await again(asked, null, { name: 'standard' })
    expect(repeated.wiring).toEqual({ name: 'standard' })
    expect(twin.config).toEqual({ ...setup.config, reads: namedWiring('standard', setup.config) })
    expect(twin.config.reads).not.toEqual(setup.config.reads)
    expect(twin.settings).toEqual(setup.settings)
  })

  it('gives one of a model without a preset', async () => {
    const setup = await made(asked)
    const repeated = requestAgain({ ...summaryOf(setup, asked), preset: undefined }, null)
    expect((await made(repeated)).config).toEqual(setup.config)
  })

  it('says which text is not at hand, or that another of its name is', async () => {
    const request = { ...asked, dataset: own }
    const summary = summaryOf(await made(request), request)
    const missing = 'This run was trained on "Pasted text", which is not at hand. Choose that text under Data first.'
    expect(() => requestAgain(summary, null)).toThrow(missing)
    expect(() => requestAgain(summary, { ...own, title: 'Notes' })).toThrow(missing)
    expect(() => requestAgain(summary, { ...own, text: whale })).toThrow(
      'This run was trained on another text called "Pasted text" than the one chosen now. Choose that text under Data first.',
    )
  })
})
