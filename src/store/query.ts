/** The page's address as choices: `?autostart=1&preset=smoke&steps=60&wiring=joint&distance=1`. `writeQuery` and `readQuery` are each other's inverse. */
import { PRESETS } from '../model/config.ts'
import { WIRINGS } from '../model/wiring.ts'
import { PROCESSOR_SHAPE, WINDOW, WINDOWS } from '../train/windows.ts'
import type { BenchRequest } from '../worker/protocol.ts'
import { parseAddress } from './fetch-text.ts'
import { chooseDataset, fieldsOf, type RunFields, type Setup } from './setup.ts'
import { isSettingKey, SETTINGS } from './settings-catalogue.ts'
import { datasetName, OWN_TEXT } from './setup/data.ts'
import { isOwnSetting, settingOf, settingValue, setSetting, sizeOf, valueInForce } from './setup/settings.ts'
import { CUSTOM, isWiringOption, readsOf, typedOptions } from './setup/wiring.ts'
import { decodeReads, encodeReads } from './wiring-edit.ts'
import { messageOf } from './message-of.ts'

export interface QueryChoices {
  setup: Setup
  autostart: boolean
  /** The address of the text to train on, still to be fetched; null where there is none. */
  text: string | null
  /** What is to be timed at once: `?bench=tiny,baby` or `?bench=all`, with `&bench_steps=40`, `&bench_reads=skip` and `&profile=1`. */
  bench: BenchRequest | null
  /** Whether the address says anything of the set-up. */
  chosen: boolean
}

export interface WrittenQuery {
  /** With its question mark. */
  search: string
  /** What the address cannot hold: a text that did not come from an address. */
  missing: 'text' | null
}

/** Signs that stand for themselves in a query, which addresses may show as they are. */
const PLAIN = /%(?:2C|2F|3A|3D)/gi

function search(pairs: [string, string][]): string {
  const written = pairs.map(([key, value]) => `${key}=${encodeURIComponent(value).replaceAll(PLAIN, decodeURIComponent)}`)
  return `?${written.join('&')}`
}

/**
 * The set-up in short form. Preset, data and wiring always, since a page without a GPU opens with others than a page with one; of the rest what differs from the
 * preset and from the wiring's own defaults.
 */
export function writeQuery(setup: RunFields): WrittenQuery {
  const { dataset, ownText } = setup
  const own = dataset === OWN_TEXT
  const data: [string, string][] = own ? (ownText?.url ? [['text', ownText.url]] : []) : [['dataset', dataset]]
  const options = typedOptions(setup).map((option): [string, string] => [option, (setup.options[option] ?? '').trim()])
  const reads: [string, string][] = setup.wiring === CUSTOM && setup.reads ? [['reads', encodeReads(setup.reads)]] : []
  const settings = SETTINGS.filter(({ key }) => isOwnSetting(setup, key)).map(({ key }): [string, string] => [
    key,
    settingOf(setup, key).trim(),
  ])
  const wiring: [string, string][] = reads.length > 0 ? reads : setup.wiring === CUSTOM ? [] : [['wiring', setup.wiring], ...options]
  return { search: search([['preset', setup.preset], ...data, ...wiring, ...settings]), missing: own && !ownText?.url ? 'text' : null }
}

function oneOf(query: URLSearchParams, key: string, names: string[]): string | null {
  const value = query.get(key)
  if (value !== null && !names.includes(value))
    throw new Error(`The address asks for ${key}=${value}, which does not exist. Choose one of: ${names.join(', ')}.`)
  return value
}

/** Runs `read`, and says that what it throws is about the address. */
function ofAddress<T>(key: string, value: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    throw new Error(`The address asks for ${key}=${value}. ${messageOf(error)}`, { cause: error })
  }
}

function withData(setup: Setup, dataset: string | null, text: string | null): Setup {
  if (dataset !== null && text !== null) throw new Error('The address names both a dataset and a text. Leave out dataset or text.')
  if (dataset !== null)
    return chooseDataset(
      setup,
      ofAddress('dataset', dataset, () => datasetName(dataset)),
    )
  if (text === null) return setup
  ofAddress('text', text, () => parseAddress(text))
  return chooseDataset({ ...setup, ownText: null }, OWN_TEXT)
}

function withSettings(setup: Setup, query: URLSearchParams): Setup {
  let next = setup
  for (const [key, value] of query) {
    if (isWiringOption(key)) next = { ...next, options: { ...next.options, [key]: value } }
    if (!isSettingKey(key)) continue
    ofAddress(key, value, () => settingValue(key, value))
    next = setSetting(next, key, value)
  }
  for (const { key } of SETTINGS) if (query.has(key)) ofAddress(key, query.get(key) ?? '', () => valueInForce(next, key))
  return next
}

function withReads(setup: Setup, reads: string | null): Setup {
  if (reads === null) return setup
  return { ...setup, wiring: CUSTOM, reads: ofAddress('reads', reads, () => decodeReads(reads, sizeOf(setup))) }
}

/** What the page times: the bench shapes, and one for processors. They are named as their presets. */
export const BENCH_SHAPES = PRESETS.filter(({ name, bench_vocab }) => bench_vocab !== undefined || name === PROCESSOR_SHAPE.name)
/** Those that all adapters are compared by. */
export const COMPARED_SHAPES = PRESETS.filter(({ bench_vocab }) => bench_vocab !== undefined).map(({ name }) => name)

function benchOf(query: URLSearchParams): BenchRequest | null {
  const asked = query.get('bench')
  if (asked === null) return null
  const known = BENCH_SHAPES.map(({ name }) => name)
  const shapes = asked === 'all' ? COMPARED_SHAPES : asked.split(',')
  const unknown = shapes.find((name) => !known.includes(name))
  if (unknown !== undefined)
    throw new Error(`The address asks for bench=${unknown}, which does not exist. Choose among: ${known.join(', ')}, all.`)
  const written = query.get('bench_steps')
  const steps = Number(written ?? WINDOW * WINDOWS)
  if (!Number.isInteger(steps) || steps < 1) throw new Error(`The address says bench_steps=${written}. It is a whole number from 1 on.`)
  const profile = oneOf(query, 'profile', ['0', '1']) === '1'
  const name =
    oneOf(
      query,
      'bench_reads',
      WIRINGS.map(({ name }) => name),
    ) ?? 'standard'
  return { shapes, steps, wiring: { name }, profile }
}

/**
 * The set-up with the choices of a query string in it. Throws one line that lists the choices or the range when a value is unknown. Other keys are left alone:
 * links pick up tracking keys on their way.
 */
export function readQuery(search: string, setup: Setup): QueryChoices {
  const query = new URLSearchParams(search)
  const autostart = query.get('autostart') ?? '0'
  if (!['0', '1'].includes(autostart)) throw new Error(`The address says autostart=${autostart}. Choose one of: 0, 1.`)
  const preset = oneOf(
    query,
    'preset',
    PRESETS.map(({ name }) => name),
  )
  const wiring = oneOf(
    query,
    'wiring',
    WIRINGS.map(({ name }) => name),
  )
  const text = query.get('text')
  const based: Setup = { ...setup, ...(preset === null ? {} : fieldsOf(preset)), wiring: wiring ?? setup.wiring }
  const next = withReads(withSettings(withData(based, query.get('dataset'), text), query), query.get('reads'))
  if ([...query.keys()].some(isWiringOption)) ofAddress('wiring', next.wiring, () => readsOf(next))
  const known = (key: string) => ['preset', 'wiring', 'dataset', 'text', 'reads'].includes(key) || isWiringOption(key) || isSettingKey(key)
  return { setup: next, autostart: autostart === '1', text, bench: benchOf(query), chosen: [...query.keys()].some(known) }
}
