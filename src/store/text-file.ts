/** A file that a person brought, as text to train on. */

/** Beyond this the page itself would stall while it reads. */
const MOST_BYTES = 128 * 1024 * 1024

/**
 * The text of a UTF-8 file. Throws one line that names the file and the fix when it is empty, too large, binary, or in another encoding.
 * Line ends become \n, and a byte-order mark goes, so that the same text gives the same tokens on every machine.
 */
export function decodeText(name: string, bytes: Uint8Array): string {
  if (bytes.length === 0) throw new Error(`"${name}" is empty. Choose a text file with at least a few thousand characters.`)
  if (bytes.length > MOST_BYTES)
    throw new Error(`"${name}" has ${Math.round(bytes.length / 1048576)} MB. Choose a text of at most 128 MB, or cut this one.`)
  const wide = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff)
  if (wide) throw new Error(`"${name}" is UTF-16 text. Save it as UTF-8 and choose it again.`)
  if (bytes.includes(0)) throw new Error(`"${name}" is a binary file, not text. Choose a plain text file (.txt, .md, source code).`)
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (error) {
    throw new Error(`"${name}" is not UTF-8 text. Save it as UTF-8 plain text and choose it again.`, { cause: error })
  }
  if (text.trim() === '') throw new Error(`"${name}" holds only blanks. Choose a text file with at least a few thousand characters.`)
  return text.replace(/\r\n?/g, '\n')
}
