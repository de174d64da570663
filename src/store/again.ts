/** A run asked for once more: from what it was to what `start` takes. */
import { DATASETS } from '../data/catalogue.ts'
import { PRESETS } from '../model/config.ts'
import type { RunRequest, RunSummary, WiringChoice } from '../worker/protocol.ts'
import type { RunFields } from './setup.ts'

/**
 * The request that gives the same run, with another wiring if one is named. Every field of its config and settings is said, so that neither a preset's nor a default's
 * change matters. Throws one line when it was trained on a text that is not at hand.
 */
export function requestAgain(run: RunSummary, ownText: RunFields['ownText'], wiring?: WiringChoice): RunRequest {
  const { reads, vocab_size: _vocabulary, model_type: _type, ...shape } = run.config
  const base = run.dataset.split(':', 1)[0]
  const inCatalogue = DATASETS.some(({ name }) => name === base)
  if (!inCatalogue && ownText?.title !== run.dataset)
    throw new Error(`This run was trained on "${run.dataset}", which is not at hand. Choose that text under Data first.`)
  return {
    dataset: inCatalogue || !ownText ? { name: run.dataset } : { title: ownText.title, text: ownText.text },
    preset: run.preset ?? PRESETS[0].name,
    wiring: wiring ?? { reads },
    settings: { ...shape, ...run.settings },
  }
}
