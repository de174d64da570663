import { describe, expect, it } from 'vitest'
import { megabytes, MOST_TEXT_BYTES, readTextFile } from './text-file.ts'

describe('readTextFile', () => {
  it('reads a text as decodeTextFile does', () => {
    expect(readTextFile('a.txt', new TextEncoder().encode('\ufeffZoë\r\nand\rme\n'))).toBe('Zoë\nand\nme\n')
    expect(() => readTextFile('a', Uint8Array.of(0x5a, 0xeb))).toThrow('"a" is not UTF-8 text. Save it as UTF-8 text and choose it again.')
  })

  it('refuses an empty file and one that is too large, naming the fix', () => {
    expect(() => readTextFile('a', new Uint8Array())).toThrow('"a" is empty. Choose a text file')
    expect(() => readTextFile('a', new Uint8Array(MOST_TEXT_BYTES + 1e6))).toThrow('"a" has 201 MB. Choose a text of at most 200 MB')
  })
})

describe('megabytes', () => {
  it('has a decimal where it tells something', () => {
    expect(megabytes(1_115_394)).toBe('1.1 MB')
    expect(megabytes(19_447_227)).toBe('19 MB')
  })
})
