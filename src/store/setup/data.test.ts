import { describe, expect, it } from 'vitest'
import { datasetName, entryOf, isTask, taskOption, withTaskOption } from './data.ts'

describe('a task’s options in its name', () => {
  it('are typed one by one, and blank ones left out', () => {
    expect(withTaskOption('k-hop', 'k', '4')).toBe('k-hop:k=4')
    expect(taskOption('k-hop:k=4', 'k')).toBe('4')
    expect(withTaskOption('k-hop:k=4', 'k', ' ')).toBe('k-hop')
    expect(taskOption('k-hop', 'k')).toBe('')
    expect(withTaskOption('k-hop', 'k', '4,x=1')).toBe('k-hop:k=4x=1')
  })

  it('are checked, and those of the default left out', () => {
    expect(datasetName('modular-addition:p=113')).toBe('modular-addition')
    expect(datasetName('modular-addition: p = 97')).toBe('modular-addition:p=97')
    expect(() => datasetName('k-hop:k=')).toThrow('k is "": give a whole number, from 0 to 16.')
    expect(() => datasetName('k-hop:p=2')).toThrow('"k-hop induction" has no option "p". It takes: k.')
    expect(() => datasetName('moby-dick:k=2')).toThrow('Write just "moby-dick".')
    expect(() => datasetName('whale')).toThrow('There is no dataset called "whale". Choose one of: moby-dick, copy')
  })

  it('hide neither entry nor kind', () => {
    expect(entryOf('k-hop:k=4')?.title).toBe('k-hop induction')
    expect(isTask('k-hop:k=4')).toBe(true)
    expect(isTask('moby-dick')).toBe(false)
  })
})
