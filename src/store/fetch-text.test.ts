import { describe, expect, it } from 'vitest'
import { fetchText, parseAddress, titleOf, type FetchHost, type FetchOptions } from './fetch-text.ts'

const url = new URL('https://example.org/books/a%20book.txt')
const answering = (response: Response, online = true): FetchHost => ({ fetch: async () => response, online: () => online })
const failing = (online: boolean): FetchHost => ({
  fetch: async () => {
    throw new TypeError('Failed to fetch')
  },
  online: () => online,
})
const ask = (host: FetchHost, options: Partial<FetchOptions> = {}) =>
  fetchText(host, url, 'a book', { signal: new AbortController().signal, onProgress: () => {}, ...options })

/** A body that sends its pieces and then, unless told to end, waits for ever. */
function body(pieces: Uint8Array[], ends = true): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream({
    start(controller) {
      for (const piece of pieces) controller.enqueue(Uint8Array.from(piece))
      if (ends) controller.close()
    },
  })
}

/** As a browser does: an aborted request fails, its body with it. */
const hanging: FetchHost = {
  fetch: (_, { signal }) =>
    new Promise((_, reject) => signal.addEventListener('abort', () => reject(new DOMException('aborted', 'AbortError')), { once: true })),
  online: () => true,
}

describe('fetchText', () => {
  it('puts the pieces together and tells of progress', async () => {
    const bytes = new TextEncoder().encode('Zoë\r\nreads')
    const seen: [number, number | null][] = []
    const response = new Response(body([bytes.slice(0, 3), bytes.slice(3)]), { headers: { 'content-length': `${bytes.length}` } })
    expect(await ask(answering(response), { onProgress: (received, total) => seen.push([received, total]) })).toBe('Zoë\nreads')
    expect(seen).toEqual([
      [3, bytes.length],
      [bytes.length, bytes.length],
    ])
  })

  it('knows no whole once more has come than was said, as with compression', async () => {
    const seen: (number | null)[] = []
    const response = new Response('twelve bytes', { headers: { 'content-length': '5' } })
    await ask(answering(response), { onProgress: (_, total) => seen.push(total) })
    expect(seen).toEqual([null])
  })

  it.each([
    ['an offline machine', failing(false), /This machine is offline/],
    [
      'a site that does not let pages read',
      failing(true),
      /does not let other pages read it\. Save the file and use "Choose a text file"\./,
    ],
    ['a wrong address', answering(new Response('', { status: 404 })), /nothing at the address of "a book" \(404\)/],
    ['a refusal', answering(new Response('', { status: 403 })), /refused "a book" \(403\)\. Save the file/],
    ['a web page', answering(new Response('<p>', { headers: { 'content-type': 'text/html; charset=utf-8' } })), /leads to a web page/],
    ['a picture', answering(new Response(Uint8Array.of(0x89, 0x50, 0, 1))), /not a text file/],
    ['nothing', answering(new Response('')), /"a book" is empty/],
  ])('refuses %s in one line', async (_, host, message) => {
    await expect(ask(host)).rejects.toThrow(message)
  })

  it('refuses what is too large, said or not', async () => {
    const said = new Response('x', { headers: { 'content-length': '3000000' } })
    await expect(ask(answering(said), { most: 2e6 })).rejects.toThrow('"a book" has 3.0 MB. Choose a text of at most')
    const unsaid = new Response(body([new Uint8Array(2_500_000)]))
    await expect(ask(answering(unsaid), { most: 2e6 })).rejects.toThrow('has 2.5 MB')
  })

  it('gives up a site that has fallen silent', async () => {
    await expect(ask(hanging, { patienceMs: 5 })).rejects.toThrow(/"a book" stopped coming: nothing for 0.005 seconds\. Try again/)
  })

  it('gives null when it is cancelled', async () => {
    const controller = new AbortController()
    const asked = ask(hanging, { signal: controller.signal })
    controller.abort()
    expect(await asked).toBeNull()
  })
})

describe('parseAddress and titleOf', () => {
  it('take addresses of the web alone', () => {
    expect(parseAddress(' https://a.org/b.txt ').href).toBe('https://a.org/b.txt')
    for (const text of ['book.txt', '', 'file:///etc/hosts', 'javascript:1'])
      expect(() => parseAddress(text)).toThrow('Give the whole address')
  })

  it('name a text after the end of its address', () => {
    expect(titleOf(url)).toBe('a book.txt')
    expect(titleOf(new URL('https://example.org/'))).toBe('example.org')
    expect(titleOf(new URL('https://example.org/100%'))).toBe('100%')
  })
})
