/** A text from an address of the web. */
import { megabytes, MOST_TEXT_BYTES, readTextFile, tooLarge } from './text-file.ts'

/** What fetching needs of its surroundings. */
export interface FetchHost {
  fetch: (address: string, init: { signal: AbortSignal }) => Promise<Response>
  /** False where the machine knows that it has no network. */
  online: () => boolean
}

export interface FetchOptions {
  /** Ends it; the result is then null. */
  signal: AbortSignal
  /** Called with every piece: bytes so far, and in all where the site says so. */
  onProgress: (received: number, total: number | null) => void
  /** How long nothing may come before it is given up. */
  patienceMs?: number
  /** Bytes. */
  most?: number
}

const PATIENCE_MS = 20_000
const BY_HAND = 'Save the file and use "Choose a text file".'

/** The address, complete; throws a line unless it is one of the web. */
export function parseAddress(text: string): URL {
  const fix = 'Give the whole address of a plain text file, as in https://example.org/book.txt.'
  let url: URL
  try {
    url = new URL(text.trim())
  } catch (error) {
    throw new Error(`"${text.trim()}" is not an address. ${fix}`, { cause: error })
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw new Error(`"${text.trim()}" is not an address of the web. ${fix}`)
  return url
}

/** What to call the text of an address: its last part, or else its site. */
export function titleOf(url: URL): string {
  const last = url.pathname.split('/').findLast((part) => part !== '') ?? url.hostname
  try {
    return decodeURIComponent(last)
  } catch {
    // A percent sign that encodes nothing stands for itself.
    return last
  }
}

function refusal(title: string, response: Response): string | null {
  if (response.status === 404) return `There is nothing at the address of "${title}" (404). Check it for a typing error.`
  if (!response.ok) return `The site refused "${title}" (${response.status}). ${BY_HAND}`
  const type = response.headers.get('content-type') ?? ''
  if (/text\/html|application\/xhtml/.test(type))
    return `The address of "${title}" leads to a web page, not to a plain text. Look there for a link called "Raw" or "Plain text" and give its address.`
  return null
}

/** Calls `late` once when `beat` has not been called for so long. */
function watchdog(milliseconds: number, late: () => void): { beat: () => void; stop: () => void } {
  let timer = setTimeout(late, milliseconds)
  return {
    beat: () => {
      clearTimeout(timer)
      timer = setTimeout(late, milliseconds)
    },
    stop: () => clearTimeout(timer),
  }
}

async function readBody(title: string, response: Response, most: number, heard: (received: number) => void): Promise<Uint8Array> {
  const pieces: Uint8Array[] = []
  let received = 0
  const reader = response.body?.getReader()
  for (let piece = await reader?.read(); piece?.value; piece = await reader?.read()) {
    pieces.push(piece.value)
    received += piece.value.length
    if (received > most) {
      await reader?.cancel()
      throw new Refusal(tooLarge(title, received))
    }
    heard(received)
  }
  const bytes = new Uint8Array(received)
  let at = 0
  for (const piece of pieces) {
    bytes.set(piece, at)
    at += piece.length
  }
  return bytes
}

/** An error whose line is meant for the person, apart from what the network throws. */
class Refusal extends Error {}

/**
 * The text at an address (UTF-8, at most 200 MB); null when `signal` ended it. Throws one line that names the fix when the machine is offline, the site does not
 * answer, refuses or does not let other pages read it, and when what comes is too large, a web page, or no text.
 */
export async function fetchText(host: FetchHost, url: URL, title: string, options: FetchOptions): Promise<string | null> {
  const { signal, onProgress, patienceMs = PATIENCE_MS, most = MOST_TEXT_BYTES } = options
  const silence = new AbortController()
  const watch = watchdog(patienceMs, () => silence.abort())
  try {
    const response = await host.fetch(url.href, { signal: AbortSignal.any([signal, silence.signal]) })
    watch.beat()
    const refused = refusal(title, response)
    if (refused) throw new Refusal(refused)
    const length = Number(response.headers.get('content-length') ?? 0)
    if (length > most) throw new Refusal(tooLarge(title, length))
    const bytes = await readBody(title, response, most, (received) => {
      watch.beat()
      // The length is that of the compressed bytes where there is compression: once it is passed, the whole is unknown.
      onProgress(received, length >= received ? length : null)
    })
    if (signal.aborted) return null
    return readTextFile(title, bytes)
  } catch (error) {
    if (signal.aborted) return null
    if (silence.signal.aborted)
      throw new Error(`"${title}" stopped coming: nothing for ${patienceMs / 1000} seconds. Try again, or: ${BY_HAND}`, { cause: error })
    if (!(error instanceof TypeError)) throw error
    throw new Error(
      host.online()
        ? `"${title}" could not be had from ${url.hostname}: there is no such site, the connection broke, or the site does not let other pages read it. ${BY_HAND}`
        : `This machine is offline, so "${title}" cannot be fetched. Go online, or choose a text that is already here.`,
      { cause: error },
    )
  } finally {
    watch.stop()
  }
}

export const progressText = (received: number, total: number | null): string =>
  total === null ? megabytes(received) : `${megabytes(received)} of ${megabytes(total)}`
