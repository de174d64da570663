/** Numbers as a person types them. */

export interface NumberRange {
  whole?: boolean
  /** Bounds that belong to the range. */
  least?: number
  most?: number
  /** Bounds that do not. */
  above?: number
  below?: number
}

/** "1 or more", "from 0 to 1", "above 0 and below 1". */
export function rangeText({ least, most, above, below }: NumberRange): string {
  if (least !== undefined && most !== undefined) return `from ${least} to ${most}`
  const lower = above !== undefined ? `above ${above}` : least !== undefined ? `at least ${least}` : null
  const upper = below !== undefined ? `below ${below}` : most !== undefined ? `at most ${most}` : null
  if (lower && !upper && least !== undefined && above === undefined) return `${least} or more`
  return [lower, upper].filter((part) => part !== null).join(' and ')
}

/** Throws a line with the label and the range unless the text is such a number; exponents are understood ("3e-3"). */
export function numberOf(label: string, text: string, range: NumberRange): number {
  const { whole = false, least = -Infinity, most = Infinity, above = -Infinity, below = Infinity } = range
  const value = text.trim() === '' ? NaN : Number(text)
  const inside = value >= least && value <= most && value > above && value < below
  if (Number.isFinite(value) && inside && (!whole || Number.isInteger(value))) return value
  throw new Error(`${label} is "${text}": give a ${whole ? 'whole ' : ''}number, ${rangeText(range)}.`)
}
