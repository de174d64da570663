import { describe, expect, it } from 'vitest'
import { decodeText } from './text-file.ts'

const bytes = (text: string) => new TextEncoder().encode(text)

describe('decodeText', () => {
  it('reads UTF-8, without byte-order mark and with plain line ends', () => {
    expect(decodeText('a.txt', bytes('\ufeffZoë\r\nand\rme\n'))).toBe('Zoë\nand\nme\n')
  })

  it.each([
    ['empty', new Uint8Array(), /"a" is empty\. Choose/],
    ['blank', bytes(' \n\t'), /only blanks/],
    ['binary', new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0, 1]), /binary file/],
    ['latin-1', new Uint8Array([0x5a, 0x6f, 0xeb]), /Save it as UTF-8/],
    ['utf-16', new Uint8Array([0xff, 0xfe, 0x61, 0]), /UTF-16.*Save it as UTF-8/],
  ])('refuses a file that is %s, naming the fix', (_, content, message) => {
    expect(() => decodeText('a', content)).toThrow(message)
  })
})
