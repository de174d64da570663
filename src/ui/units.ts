/** Numbers with their units, as a person reads them. */

const MEBIBYTE = 2 ** 20

export function bytesText(bytes: number): string {
  if (bytes >= 1024 * MEBIBYTE) return `${(bytes / 1024 / MEBIBYTE).toFixed(1)} GiB`
  if (bytes >= 100 * MEBIBYTE) return `${Math.round(bytes / MEBIBYTE)} MiB`
  return bytes >= MEBIBYTE ? `${(bytes / MEBIBYTE).toFixed(1)} MiB` : `${Math.max(1, Math.round(bytes / 1024))} KiB`
}

/** "31,616", "0.83 million". */
export function parametersText(count: number): string {
  if (count < 100_000) return count.toLocaleString('en')
  return `${(count / 1e6).toFixed(count < 10e6 ? 2 : count < 100e6 ? 1 : 0)} million`
}

/** "about 40 seconds": a guess is told in steps that do not pretend to be exact. */
export function durationText(seconds: number): string {
  if (seconds < 2) return 'a second or two'
  if (seconds < 10) return `about ${Math.round(seconds)} seconds`
  if (seconds < 100) return `about ${5 * Math.round(seconds / 5)} seconds`
  if (seconds < 100 * 60) return `about ${Math.round(seconds / 60)} minutes`
  return seconds < 48 * 3600 ? `about ${Math.round(seconds / 3600)} hours` : `about ${Math.round(seconds / 86400)} days`
}
