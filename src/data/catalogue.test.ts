import { describe, expect, it } from 'vitest'
import { DATASETS, openDataset, taskByName } from './catalogue.ts'

const OPTIONS = { tokenizer: 'char', valFraction: 0.1 } as const
const novel = 'Call me Ishmael. '.repeat(40)
const load = (name: string) => Promise.resolve(name === 'moby-dick' ? novel : '')
const noText = () => Promise.reject(new Error('no text is due here'))

describe('openDataset', () => {
  it('opens everything it lists, under its own name', async () => {
    expect(DATASETS.map((entry) => entry.name)).toEqual([
      'moby-dick',
      'copy',
      'sort',
      'modular-addition',
      'induction',
      'associative-recall',
      'k-hop',
    ])
    for (const { name, kind } of DATASETS) expect(await openDataset({ name }, OPTIONS, load)).toMatchObject({ name, kind })
  })

  it('opens a text that the person brought', async () => {
    const data = await openDataset({ title: 'mine', text: novel }, { ...OPTIONS, tokenizer: 'byte', contextLength: 16 }, noText)
    expect(data).toMatchObject({ name: 'mine', kind: 'text', tokenizer: { kind: 'byte' } })
    await expect(openDataset({ title: 'mine', text: 'abc' }, { ...OPTIONS, contextLength: 16 }, noText)).rejects.toThrow(
      '"mine" is too short',
    )
  })

  it('passes on why a text could not be loaded', async () => {
    await expect(openDataset({ name: 'moby-dick' }, OPTIONS, noText)).rejects.toThrow('no text is due here')
  })

  it('takes options of tasks in the name', async () => {
    expect((await openDataset({ name: 'k-hop:k=4' }, OPTIONS, noText)).name).toBe('k-hop:k=4')
    expect((await openDataset({ name: 'modular-addition:p=113' }, OPTIONS, noText)).name).toBe('modular-addition')
  })

  it('refuses a context shorter than the task, not a longer one', async () => {
    await expect(openDataset({ name: 'k-hop' }, { ...OPTIONS, contextLength: 64 }, noText)).rejects.toThrow(
      'The task "k-hop" has sequences of 100 tokens and context_length is 64. Set context_length to 100.',
    )
    expect((await openDataset({ name: 'k-hop' }, { ...OPTIONS, contextLength: 128 }, noText)).contextLength).toBe(100)
  })

  it('answers a wrong name or option with one line', async () => {
    await expect(openDataset({ name: 'moby' }, OPTIONS, load)).rejects.toThrow(
      'There is no dataset called "moby". Choose one of: moby-dick, copy, sort, modular-addition, induction, associative-recall, k-hop.',
    )
    await expect(openDataset({ name: 'moby-dick:k=1' }, OPTIONS, load)).rejects.toThrow(
      'The text "moby-dick" has no options. Write just "moby-dick".',
    )
    expect(() => taskByName('moby-dick')).toThrow('There is no task called "moby-dick". Choose one of: copy, sort,')
    expect(() => taskByName('k-hop:k')).toThrow('"k" in "k-hop:k" is not an option. Write them as in "k-hop:k=4", separated by commas.')
    expect(() => taskByName('k-hop:p=4')).toThrow('The task "k-hop" has no option "p". It takes: k.')
    expect(() => taskByName('copy:k=4')).toThrow('The task "copy" has no option "k". Write just "copy".')
    expect(() => taskByName('k-hop:k=17')).toThrow(
      'k of the task "k-hop" (hops; 0 draws 1 to 16 for every sequence) is 17: give a whole number from 0 to 16.',
    )
    expect(() => taskByName('associative-recall:pairs=17')).toThrow('give a whole number from 1 to 16.')
    expect(() => taskByName('modular-addition:p=2')).toThrow('is 2: give a whole number from 3 to 997.')
  })
})
