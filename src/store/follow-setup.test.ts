import { describe, expect, it, vi } from 'vitest'
import { ready, open, onlyTimers, freshApps } from './invented-app.ts'

freshApps()

describe('what follows the choices', () => {
  it('asks for an estimate when the adapter is there, and once the choices rest', () => {
    onlyTimers()
    const { app, say, asked, view } = open()
    app.setup.setState({ preset: 'smoke' })
    vi.advanceTimersByTime(1000)
    expect(asked('estimate')).toEqual([])
    say(ready())
    expect(asked('estimate')).toMatchObject([{ run: { preset: 'smoke' } }])
    for (const lr of ['1', '1e', '1e-', '1e-4']) app.setup.setState({ settings: { lr } })
    app.setup.setState({ prompt: 'x' })
    vi.advanceTimersByTime(1000)
    expect(asked('estimate').slice(1)).toMatchObject([{ run: { settings: { lr: 1e-4 } } }])
    app.setup.setState({ settings: { lr: '1e-' } })
    vi.advanceTimersByTime(1000)
    expect(asked('estimate')).toHaveLength(2)
    expect(view().estimate.problem).toMatch(/1e-/)
  })

  it('forgets the batch that was looked at when the choices change', () => {
    const { app, say, asked, view } = open()
    app.session.lookAtBatch({ dataset: { name: 'moby-dick' }, preset: 'smoke', wiring: { name: 'joint' }, settings: {} })
    const { id } = asked('look')[0]
    say({ type: 'batch', id, rows: [], problem: 'Too short.' })
    app.setup.setState({ prompt: 'x' })
    expect(view().batch?.problem).toBe('Too short.')
    app.setup.setState({ preset: 'smoke' })
    expect(view().batch).toBeNull()
    say({ type: 'batch', id, rows: [], problem: 'Too short.' })
    expect(view().batch).toBeNull()
  })

  it('writes the address when the choices change, and only then', () => {
    onlyTimers()
    const { app, addresses } = open('?preset=smoke&utm_source=a')
    vi.advanceTimersByTime(1000)
    app.setup.setState({ prompt: 'x' })
    vi.advanceTimersByTime(1000)
    expect(addresses).toEqual([])
    app.setup.setState({ wiring: 'skip' })
    app.setup.setState({ wiring: 'standard' })
    vi.advanceTimersByTime(1000)
    expect(addresses).toEqual(['?preset=smoke&dataset=moby-dick&wiring=standard'])
  })
})

describe('on a processor', () => {
  const choices = ({ app }: ReturnType<typeof open>) => {
    const { preset, dataset } = app.setup.getState()
    return `${preset}, ${dataset}`
  }
  it('begins with what it can learn, asks once what that takes, and leaves the address alone', () => {
    onlyTimers()
    const opened = open()
    opened.say(ready(true))
    expect(choices(opened)).toBe('smoke, induction')
    vi.advanceTimersByTime(1000)
    expect(opened.asked('estimate')).toHaveLength(1)
    expect(opened.addresses).toEqual([])
    opened.app.setup.setState({ wiring: 'standard' })
    vi.advanceTimersByTime(1000)
    expect(opened.addresses).toEqual(['?preset=smoke&dataset=induction&wiring=standard&steps=500&lr=1e-2&positions=rope'])
  })

  it.each<[string, string, (opened: ReturnType<typeof open>) => void]>([
    ['the address has chosen', '?preset=tiny', () => {}],
    ['the person has chosen', '', ({ app }) => app.setup.setState({ wiring: 'skip' })],
    ['a run is asked for', '', ({ app }) => app.train()],
  ])('leaves the choices where %s', (_, search, act) => {
    const opened = open(search)
    act(opened)
    opened.say(ready(true))
    expect(choices(opened)).toBe('tiny, moby-dick')
  })

  it('leaves them on a GPU', () => {
    const opened = open()
    opened.say(ready())
    expect(choices(opened)).toBe('tiny, moby-dick')
  })
})
