/** Colours of a change of loss: two hues that are told apart with any colour blindness, and between them, at no change, what stands back from the ground. */
import type { Scheme } from '../maps/heatmap.ts'

type Rgb = [number, number, number]

/** Orange and blue as the page's curves have them. */
const STOPS: Record<Scheme, { falls: Rgb; none: Rgb; rises: Rgb; unknown: string }> = {
  light: { falls: [0, 84, 148], none: [247, 247, 244], rises: [200, 82, 0], unknown: '#b4bac1' },
  dark: { falls: [86, 180, 233], none: [44, 46, 51], rises: [245, 150, 40], unknown: '#7b838c' },
}

const hex = (colour: Rgb): string => `#${colour.map((channel) => Math.round(channel).toString(16).padStart(2, '0')).join('')}`

/** Of a change of loss on a scale from −`reach` to `reach`; null is one that was not measured. */
export function effectColour(difference: number | null, reach: number, scheme: Scheme): string {
  const { falls, none, rises, unknown } = STOPS[scheme]
  if (difference === null) return unknown
  const part = reach > 0 ? Math.min(1, Math.abs(difference) / reach) : 0
  const end = difference < 0 ? falls : rises
  const mixed = (i: 0 | 1 | 2): number => none[i] + part * (end[i] - none[i])
  return hex([mixed(0), mixed(1), mixed(2)])
}
