import { describe, expect, it } from 'vitest'
import type { FetchHost } from '../fetch-text.ts'
import { createSetup } from '../setup.ts'
import { loadFromAddress, REMOTE_TEXTS, takeBytes, takePasted, textFacts } from './own-text.ts'

const host = (text: string): FetchHost => ({ fetch: async () => new Response(text), online: () => true })

describe('taking a text', () => {
  it('chooses it, and leaves the chosen one when it cannot be used', () => {
    const store = createSetup()
    takePasted(store, 'some words')
    const taken = { title: 'Pasted text', text: 'some words' }
    expect(store.getState()).toMatchObject({ dataset: 'own-text', ownText: taken, textProblem: null })
    takeBytes(store, 'a.png', Uint8Array.of(1, 0))
    expect(store.getState().ownText).toEqual(taken)
    expect(store.getState().textProblem).toMatch(/"a.png" is not a text file/)
  })

  it('comes from an address under its title, and keeps the address', async () => {
    const store = createSetup()
    expect(await loadFromAddress(store, REMOTE_TEXTS[0].url, host('First Citizen:'))).toBe(true)
    expect(store.getState()).toMatchObject({
      ownText: { title: 'Tiny Shakespeare', text: 'First Citizen:', url: REMOTE_TEXTS[0].url },
      loading: null,
    })
    expect(await loadFromAddress(store, 'nowhere', host(''))).toBe(false)
    expect(store.getState()).toMatchObject({ ownText: { title: 'Tiny Shakespeare' }, loading: null })
    expect(store.getState().textProblem).toMatch(/"nowhere" is not an address/)
  })

  it('takes the later of two addresses, whichever answers first', async () => {
    const store = createSetup()
    const answers: ((response: Response) => void)[] = []
    const slow: FetchHost = { fetch: () => new Promise((resolve) => answers.push(resolve)), online: () => true }
    const first = loadFromAddress(store, 'https://a.org/first.txt', slow)
    const second = loadFromAddress(store, 'https://a.org/second.txt', slow)
    expect(store.getState().loading?.title).toBe('second.txt')
    answers[1](new Response('2'))
    expect(await second).toBe(true)
    answers[0](new Response('1'))
    expect(await first).toBe(false)
    expect(store.getState().ownText?.text).toBe('2')
  })

  it('can be cancelled without a word', async () => {
    const store = createSetup()
    const asked = loadFromAddress(store, 'https://a.org/a.txt', host('late'))
    store.getState().loading?.cancel()
    expect(await asked).toBe(false)
    expect(store.getState()).toMatchObject({ loading: null, ownText: null, textProblem: null })
  })
})

describe('textFacts', () => {
  it('counts characters, not halves of them', () => {
    expect(textFacts('aba😀😀')).toEqual({ characters: 5, distinct: 3 })
  })
})
