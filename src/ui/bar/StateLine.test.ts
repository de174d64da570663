import { expect, it } from 'vitest'
import { preparationText } from './StateLine.tsx'

it('says whether kernels are chosen or compiled, and how far that is', () => {
  expect(preparationText(null)).toBe('Preparing the GPU programs…')
  expect(preparationText({ doing: 'tiles', done: 3, total: 15 })).toBe(
    'Choosing the quickest kernels: 3 of 15 products (once for this GPU)',
  )
  expect(preparationText({ doing: 'kernels', done: 3, total: 90 })).toBe('Preparing the GPU programs… 3 of 90')
})
