/** Bringing a text of one's own: from a file, from the clipboard, from an address. A text that cannot be used leaves the chosen one as it was. */
import { fetchText, parseAddress, titleOf, type FetchHost } from '../fetch-text.ts'
import { chooseDataset, type OwnText, type SetupStore } from '../setup.ts'
import { readTextFile } from '../text-file.ts'
import { OWN_TEXT } from './data.ts'
import { messageOf } from '../message-of.ts'

export interface RemoteText {
  title: string
  url: string
  summary: string
}

/** Public texts that one press brings. */
export const REMOTE_TEXTS: RemoteText[] = [
  {
    title: 'Tiny Shakespeare',
    url: 'https://raw.githubusercontent.com/karpathy/char-rnn/master/data/tinyshakespeare/input.txt',
    summary: '1.1 million characters from the plays, the usual first text',
  },
  {
    title: 'TinyStories (validation part, 19 MB)',
    url: 'https://huggingface.co/datasets/roneneldan/TinyStories/resolve/main/TinyStories-valid.txt',
    summary: 'short stories in the words of a small child (arXiv 2305.07759)',
  },
]

function take(store: SetupStore, ownText: OwnText): void {
  store.getState().loading?.cancel()
  store.setState({ ...chooseDataset(store.getState(), OWN_TEXT), ownText, loading: null, textProblem: null })
}

/** Takes the bytes of a file, or says in `textProblem` why not. */
export function takeBytes(store: SetupStore, title: string, bytes: Uint8Array): void {
  try {
    take(store, { title, text: readTextFile(title, bytes) })
  } catch (error) {
    store.setState({ textProblem: messageOf(error) })
  }
}

/** Takes a text that was typed or pasted. */
export function takePasted(store: SetupStore, text: string): void {
  takeBytes(store, 'Pasted text', new TextEncoder().encode(text))
}

const browserFetch: FetchHost = {
  // Whoever sent the link learns nothing of the person from the fetch.
  fetch: (address, init) => fetch(address, { ...init, credentials: 'omit', referrerPolicy: 'no-referrer' }),
  online: () => navigator.onLine,
}

/** How often progress is told. */
const PROGRESS_MS = 100

/** Fetches the text of an address and takes it; a fetch under way is cancelled. Resolves to whether it was taken; if not, and nobody cancelled, `textProblem` says why. */
export async function loadFromAddress(store: SetupStore, address: string, host: FetchHost = browserFetch): Promise<boolean> {
  store.getState().loading?.cancel()
  const controller = new AbortController()
  const isMine = () => store.getState().loading?.cancel === cancel
  const cancel = () => {
    if (isMine()) store.setState({ loading: null })
    controller.abort()
  }
  try {
    const url = parseAddress(address)
    const title = REMOTE_TEXTS.find((known) => known.url === url.href)?.title ?? titleOf(url)
    store.setState({ loading: { title, received: 0, total: null, cancel }, textProblem: null })
    let told = 0
    const text = await fetchText(host, url, title, {
      signal: controller.signal,
      onProgress: (received, total) => {
        if (Date.now() - told < PROGRESS_MS || !isMine()) return
        told = Date.now()
        store.setState({ loading: { title, received, total, cancel } })
      },
    })
    if (text === null || !isMine()) return false
    store.setState({ loading: null })
    take(store, { title, text, url: url.href })
    return true
  } catch (error) {
    if (controller.signal.aborted) return false
    store.setState({ loading: null, textProblem: messageOf(error) })
    return false
  }
}

export interface TextFacts {
  /** Code points. */
  characters: number
  distinct: number
}

/** Counts a text without making a list of it. */
export function textFacts(text: string): TextFacts {
  const seen = new Uint8Array(0x110000)
  let characters = 0
  let distinct = 0
  for (let i = 0; i < text.length; i++) {
    const point = text.codePointAt(i) ?? 0
    if (point > 0xffff) i++
    characters++
    if (seen[point] === 0) distinct++
    seen[point] = 1
  }
  return { characters, distinct }
}
