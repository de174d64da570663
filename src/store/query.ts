/** The page's address as choices: `?autostart=1&preset=smoke&steps=60&wiring=joint&distance=1`. */
import { DATASETS } from '../data/catalogue.ts'
import { PRESETS } from '../model/config.ts'
import { WIRINGS } from '../model/wiring.ts'
import { chooseDataset, fieldsOf, type Setup } from './setup.ts'

export interface QueryChoices {
  setup: Setup
  autostart: boolean
}

const NAMED = { preset: PRESETS, dataset: DATASETS, wiring: WIRINGS }
const NUMBERS = ['distance', 'heads', 'group', 'steps', 'lr', 'seed'] as const

/**
 * The set-up with the choices of a query string in it. Throws one line that lists the choices when a name is unknown; whether a number makes sense is found out
 * when the run is asked for. Other keys are left alone: links pick up tracking keys on their way.
 */
export function readQuery(search: string, setup: Setup): QueryChoices {
  const query = new URLSearchParams(search)
  const name = (key: keyof typeof NAMED): string | null => {
    const value = query.get(key)
    const names = NAMED[key].map((entry) => entry.name)
    if (value !== null && !names.includes(value))
      throw new Error(`The address asks for ${key}=${value}, which does not exist. Choose one of: ${names.join(', ')}.`)
    return value
  }
  const autostart = query.get('autostart') ?? '0'
  if (!['0', '1'].includes(autostart)) throw new Error(`The address says autostart=${autostart}. Choose one of: 0, 1.`)
  const preset = name('preset')
  const dataset = name('dataset')
  let next: Setup = { ...setup, ...(preset === null ? {} : fieldsOf(preset)), wiring: name('wiring') ?? setup.wiring }
  if (dataset !== null) next = chooseDataset(next, dataset)
  for (const key of NUMBERS) next = { ...next, [key]: query.get(key) ?? next[key] }
  return { setup: next, autostart: autostart === '1' }
}
