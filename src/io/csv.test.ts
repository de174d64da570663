import { describe, expect, it } from 'vitest'
import { csvOf } from './csv.ts'

describe('csvOf', () => {
  it('heads the columns in the order in which rows name them and leaves gaps empty', () => {
    expect(
      csvOf([
        { step: 1, loss: 0.1 },
        { loss: null, name: 'b' },
      ]),
    ).toBe('step,loss,name\r\n1,0.1,\r\n,,b\r\n')
  })

  it('quotes commas, quotes and line ends, and nothing else', () => {
    expect(csvOf([{ 'a,b': 'say "so"' }, { 'a,b': 'two\nlines' }, { 'a,b': ' plain ' }])).toBe(
      '"a,b"\r\n"say ""so"""\r\n"two\nlines"\r\n plain \r\n',
    )
  })

  it('writes numbers in full', () => {
    expect(csvOf([{ x: 0.1 + 0.2 }, { x: 1e-7 }, { x: NaN }])).toBe('x\r\n0.30000000000000004\r\n1e-7\r\nNaN\r\n')
  })
})
