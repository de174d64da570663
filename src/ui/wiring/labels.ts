/** What the wiring editor calls things: layers, heads, their sources, and projections that nobody reads. */
import { headKind, type HeadKind, type Slot } from '../../model/wiring.ts'
import type { IdleProjection } from '../../model/wiring-cost.ts'

export const KINDS: Record<HeadKind, { title: string; short: string; explanation: string }> = {
  own: {
    title: 'Own layer',
    short: 'reads its own layer alone',
    explanation: 'An ordinary head: it reads its own layer alone.',
  },
  measured: {
    title: 'Measured',
    short: 'has a choice between its own layer and earlier ones',
    explanation: 'Its attention is shared out among all its sources together, so how much goes to an earlier layer is measured.',
  },
  wired: {
    title: 'Wired',
    short: 'reads earlier layers by design',
    explanation: 'Whatever it learns, it reads earlier layers by design: how much it looks back is no finding, only what it gives is.',
  },
}

/** "1", "1 and 0", "2, 1 and 0". */
export function listed(parts: readonly (string | number)[]): string {
  return parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`
}

/** [0, 1, 2, 5] as "0–2 and 5". `numbers` ascend. */
export function ranges(numbers: readonly number[]): string {
  const runs: [from: number, to: number][] = []
  for (const n of numbers) {
    const run = runs.at(-1)
    if (run && run[1] === n - 1) run[1] = n
    else runs.push([n, n])
  }
  return listed(runs.flatMap(([from, to]): (string | number)[] => (to - from > 1 ? [`${from}–${to}`] : to > from ? [from, to] : [from])))
}

/** "its own", "1 back". */
export const backLabel = (layer: number, source: number): string => (source === layer ? 'its own' : `${layer - source} back`)

/** A cell's sources in at most five or so signs: "3", "3 2", "3–0", "3/0" (keys from 3, values from 0), "5 +2" where that is too long. */
export function cellText(slots: readonly Slot[]): string {
  const texts = slots.map(([key, value]) => (key === value ? `${key}` : `${key}/${value}`))
  const falls = slots.every(([key, value], i) => key === value && (i === 0 || key === slots[i - 1][0] - 1))
  if (falls && slots.length > 2) return `${texts[0]}–${texts.at(-1)}`
  const all = texts.join(' ')
  return all.length > 5 && slots.length > 1 ? `${texts[0]} +${slots.length - 1}` : all
}

const sourceText = (layer: number, [key, value]: Slot): string => {
  const name = (source: number): string => (source === layer ? `its own layer ${source}` : `layer ${source}`)
  return key === value ? `keys and values from ${name(key)}` : `keys from ${name(key)} with values from ${name(value)}`
}

/** A cell in words, for those who hear it. */
export function cellLabel(layer: number, head: number, slots: readonly Slot[]): string {
  const kind = KINDS[headKind(layer, slots)]
  return `Layer ${layer}, head ${head}: ${slots.map((slot) => sourceText(layer, slot)).join('; ')}. ${kind.title}: ${kind.short}.`
}

/** Projections that nobody reads, a line for each run of layers that are alike: "Layers 2 and 3: keys and values of heads 2 and 3". */
export function idleLines(idle: readonly IdleProjection[], heads: { kv: number; query: number }): string[] {
  const word = heads.kv === heads.query ? 'head' : 'key/value head'
  const headsText = (numbers: number[]): string =>
    numbers.length === heads.kv && heads.kv > 1 ? `all ${word}s` : `${word}${numbers.length > 1 ? 's' : ''} ${ranges(numbers)}`
  const textOf = (layer: number): string => {
    const of = (part: IdleProjection['part']): string => {
      const numbers = idle.filter((p) => p.layer === layer && p.part === part).map((p) => p.kvHead)
      return numbers.length === 0 ? '' : headsText(numbers)
    }
    const [keys, values] = [of('keys'), of('values')]
    if (keys === values) return `keys and values of ${keys}`
    return listed([keys && `keys of ${keys}`, values && `values of ${values}`].filter((part) => part !== ''))
  }
  const lines: { text: string; layers: number[] }[] = []
  for (const layer of new Set(idle.map((p) => p.layer))) {
    const text = textOf(layer)
    const last = lines.at(-1)
    if (last?.text === text) last.layers.push(layer)
    else lines.push({ text, layers: [layer] })
  }
  return lines.map(({ text, layers }) => `Layer${layers.length > 1 ? 's' : ''} ${ranges(layers)}: ${text}`)
}
