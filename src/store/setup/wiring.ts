/** The wiring as a choice: one by name with its options as typed, or the one that a person edited. */
import { checkReads, namedWiring, WIRINGS, type NamedWiring, type Reads, type WiringOptions } from '../../model/wiring.ts'
import type { WiringChoice } from '../../worker/protocol.ts'
import type { RunFields } from '../setup.ts'
import { numberOf } from './number.ts'
import { sizeOf } from './settings.ts'

/** The value of Wiring that stands for the edited one. */
export const CUSTOM = 'custom'

/** What a wiring by name may be given, as the address calls it. */
export type WiringOption = keyof WiringOptions | 'first'

export type WiringFields = Pick<RunFields, 'preset' | 'dataset' | 'settings' | 'wiring' | 'options' | 'reads'>

const OPTION_LABELS: Record<WiringOption, string> = {
  distance: 'Layers back',
  heads: 'Reading heads',
  first: 'First reading layer',
  group: 'Layers in a group',
}
export const optionLabel = (option: WiringOption): string => OPTION_LABELS[option]
export const isWiringOption = (name: string): name is WiringOption => Object.hasOwn(OPTION_LABELS, name)

export const wiringNamed = (name: string): NamedWiring | undefined => WIRINGS.find((wiring) => wiring.name === name)

function chosenWiring(name: string): NamedWiring {
  const wiring = wiringNamed(name)
  if (!wiring) throw new Error(`There is no wiring called "${name}". Choose one of: ${WIRINGS.map((w) => w.name).join(', ')}.`)
  return wiring
}

const typedOption = ({ options }: WiringFields, option: WiringOption): string => (options[option] ?? '').trim()

/** The options that are typed and that the chosen wiring takes. */
export function typedOptions(setup: WiringFields): WiringOption[] {
  const uses: readonly WiringOption[] = wiringNamed(setup.wiring)?.uses ?? []
  return uses.filter((option) => typedOption(setup, option) !== '')
}

function optionValues(setup: WiringFields): WiringOptions {
  const range = { whole: true, least: 0 }
  return Object.fromEntries(typedOptions(setup).map((option) => [option, numberOf(optionLabel(option), typedOption(setup, option), range)]))
}

/** What the wiring takes where the option is left empty, found by asking the wiring itself; null where the model has no room for the wiring. */
export function optionDefault(setup: WiringFields, option: WiringOption): number | null {
  try {
    const size = sizeOf(setup)
    const others = optionValues({ ...setup, options: { ...setup.options, [option]: '' } })
    const usual = JSON.stringify(namedWiring(setup.wiring, size, others))
    for (let value = Math.max(size.n_layers, size.n_heads); value >= 0; value--)
      if (readsOrNull(setup.wiring, size, { ...others, [option]: value }) === usual) return value
    return null
  } catch {
    return null
  }
}

function readsOrNull(name: string, size: { n_layers: number; n_heads: number }, options: WiringOptions): string | null {
  try {
    return JSON.stringify(namedWiring(name, size, options))
  } catch {
    return null
  }
}

function editedReads({ reads, ...setup }: WiringFields): Reads {
  if (!reads) throw new Error('There is no edited wiring yet: choose a wiring by name, or edit one.')
  const { n_layers, n_heads } = sizeOf(setup)
  const heads = reads[0]?.length ?? 0
  if (reads.length !== n_layers || reads.some((layer) => layer.length !== n_heads))
    throw new Error(
      `The edited wiring is for ${reads.length} layers of ${heads} heads, the model has ${n_layers} of ${n_heads}: choose a wiring by name or edit again.`,
    )
  checkReads(reads, { n_layers, n_heads })
  return reads
}

/** What every head reads; throws the line that names the option, or that the edited wiring is for another size. */
export function readsOf(setup: WiringFields): Reads {
  if (setup.wiring === CUSTOM) return editedReads(setup)
  return namedWiring(chosenWiring(setup.wiring).name, sizeOf(setup), optionValues(setup))
}

/** The wiring as a run is asked for; throws as `readsOf` does. */
export function wiringChoice(setup: WiringFields): WiringChoice {
  const reads = readsOf(setup)
  return setup.wiring === CUSTOM ? { reads } : { name: setup.wiring, ...optionValues(setup) }
}

/** The wirings as choices of a select; the edited one is among them once there is one. */
export const wiringChoices = (withCustom: boolean) => [
  ...WIRINGS.map(({ name, title }) => ({ value: name, label: title })),
  ...(withCustom ? [{ value: CUSTOM, label: 'Custom (edited)' }] : []),
]
