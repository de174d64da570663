/** A file that a person brought, as text to train on. */
import { decodeTextFile } from '../data/text.ts'

const MEGABYTE = 1e6

/** Beyond this the page itself would stall while it reads. */
export const MOST_TEXT_BYTES = 200 * MEGABYTE

/** "19 MB"; below ten with one decimal. */
export const megabytes = (bytes: number): string => `${(bytes / MEGABYTE).toFixed(bytes < 10 * MEGABYTE ? 1 : 0)} MB`

/** The line that refuses a text of so many bytes. */
export const tooLarge = (name: string, bytes: number): string =>
  `"${name}" has ${megabytes(bytes)}. Choose a text of at most ${megabytes(MOST_TEXT_BYTES)}, or cut this one.`

/** The text of a UTF-8 file. Throws one line that names the file and the fix when it is empty or too large, and as `decodeTextFile` does. */
export function readTextFile(name: string, bytes: Uint8Array): string {
  if (bytes.length === 0) throw new Error(`"${name}" is empty. Choose a text file with at least a few thousand characters.`)
  if (bytes.length > MOST_TEXT_BYTES) throw new Error(tooLarge(name, bytes.length))
  return decodeTextFile(name, bytes)
}
