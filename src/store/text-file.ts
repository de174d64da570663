/** A file that a person brought, as text to train on. */
import { decodeTextFile } from '../data/text.ts'

/** Beyond this the page itself would stall while it reads. */
const MOST_BYTES = 128 * 1024 * 1024

/** The text of a UTF-8 file. Throws one line that names the file and the fix when it is empty or too large, and as `decodeTextFile` does. */
export function readTextFile(name: string, bytes: Uint8Array): string {
  if (bytes.length === 0) throw new Error(`"${name}" is empty. Choose a text file with at least a few thousand characters.`)
  if (bytes.length > MOST_BYTES)
    throw new Error(`"${name}" has ${Math.round(bytes.length / 1048576)} MB. Choose a text of at most 128 MB, or cut this one.`)
  return decodeTextFile(name, bytes)
}
