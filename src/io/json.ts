/** JSON files as bytes. */

/** A name out of a file, quoted for a message: on one line and never longer than a line. */
export function quote(name: string): string {
  return JSON.stringify(name.length > 100 ? `${name.slice(0, 100)}…` : name)
}

/** Bytes of UTF-8 to text; throws one line that starts with `what`. */
export function decodeText(bytes: Uint8Array, what: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch (error) {
    throw new Error(`${what} is not text in UTF-8: the file is damaged or of another kind. Export it again.`, { cause: error })
  }
}

/** The value that the text holds; throws one line that starts with `what` and says where the text goes wrong. */
export function parseJson(text: string, what: string): unknown {
  try {
    const value: unknown = JSON.parse(text)
    return value
  } catch (error) {
    const where = error instanceof Error ? error.message.replace(/\s+/g, ' ') : 'it cannot be read'
    throw new Error(`${what} is not JSON: ${where}. Correct the text or export the file again.`, { cause: error })
  }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
