/** How probabilities are written and coloured where text is shown. */

/** Where a colour of the text begins, from the palest. */
export const BANDS = [0, 0.02, 0.1, 0.3, 0.7]

/** The band of a probability, 0 to 4. */
export const bandOf = (probability: number): number => BANDS.findLastIndex((from) => probability >= from)

/** A probability in words: per cent, with more digits where it is small. */
export function percentText(probability: number): string {
  const percent = 100 * probability
  if (percent > 0 && percent < 0.1) return 'under 0.1 %'
  if (percent < 100 && percent > 99.9) return 'over 99.9 %'
  return (percent > 0 && percent < 9.95) || (percent > 99 && percent < 100) ? `${percent.toFixed(1)} %` : `${Math.round(percent)} %`
}

const SIGNS: Record<string, string> = { '\n': '⏎', ' ': '␣', '\t': '⇥' }

/** A piece of text with blanks and line ends to be seen. */
export const shown = (text: string): string => text.replace(/[\n \t]/g, (blank) => SIGNS[blank] ?? blank)
