/** A run asked for once more: from what it was to what `start` takes. */
import { DATASETS } from '../data/catalogue.ts'
import { PRESETS } from '../model/config.ts'
import type { DatasetChoice, RunRequest, RunSummary, WiringChoice } from '../worker/protocol.ts'
import type { OwnText } from './setup.ts'
import { baseName } from './setup/data.ts'

/** Throws one line when the text is not at hand. */
function dataOf({ dataset, heldOut, settings }: RunSummary, ownText: OwnText | null): DatasetChoice {
  if (ownText?.title === dataset) {
    // Titles are no proof, "Pasted text" least of all; a held-out piece of the run is one, where tokens are whole characters.
    if (settings.tokenizer === 'char' && !ownText.text.includes(heldOut))
      throw new Error(
        `This run was trained on another text called "${dataset}" than the one chosen now. Choose that text under Data first.`,
      )
    return { title: ownText.title, text: ownText.text }
  }
  if (DATASETS.some(({ name }) => name === baseName(dataset))) return { name: dataset }
  throw new Error(`This run was trained on "${dataset}", which is not at hand. Choose that text under Data first.`)
}

/**
 * The request that gives the same run, with another wiring if one is named. Every field of its config and settings is said, so that neither a preset's nor a default's
 * change matters. Throws one line when it was trained on a text that is not at hand.
 */
export function requestAgain(run: RunSummary, ownText: OwnText | null, wiring?: WiringChoice): RunRequest {
  const { reads, model_type: _type, ...shape } = run.config
  return {
    dataset: dataOf(run, ownText),
    preset: run.preset ?? PRESETS[0].name,
    wiring: wiring ?? { reads },
    settings: { ...shape, ...run.settings },
  }
}
