import { describe, expect, it } from 'vitest'
import { bytesText, durationText, parametersText } from './units.ts'

describe('units', () => {
  it('tells bytes in binary units', () => {
    expect([1, 5000, 3 * 2 ** 20, 200 * 2 ** 20, 3 * 2 ** 30].map(bytesText)).toEqual(['1 KiB', '5 KiB', '3.0 MiB', '200 MiB', '3.0 GiB'])
  })
  it('tells large counts in millions', () => {
    expect([31616, 830_000, 10_800_000, 124_000_000].map(parametersText)).toEqual(['31,616', '0.83 million', '10.8 million', '124 million'])
  })
  it('rounds a guess as a person would', () => {
    expect([1, 7.4, 43, 130, 7300, 200_000].map(durationText)).toEqual([
      'a second or two',
      'about 7 seconds',
      'about 45 seconds',
      'about 2 minutes',
      'about 2 hours',
      'about 2 days',
    ])
  })
})
