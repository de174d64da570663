import { expect, test } from 'vitest'
import { emptyCurve } from '../train/curve.ts'
import { lossCsv } from './loss-csv.ts'

const HEAD = 'step,loss,val_loss,accuracy,lr,grad_norm,ms\n'

test('training and held-out rows are merged by step, with empty cells where nothing was measured', () => {
  const training = { step: [1, 2, 3], loss: [4.5, 0.1 + 0.2, 2], lr: [1e-3, 2e-7, 0], gradNorm: [1, 0.5, 0.25], ms: [3, 6.25, 9] }
  const validation = [
    { step: 0, loss: 4.75 },
    { step: 2, loss: 9, accuracy: 0.5 },
    { step: 4, loss: 1.5, accuracy: 0 },
    { step: 2, loss: 1.25 },
  ]
  expect(lossCsv({ training, validation })).toBe(
    `${HEAD}0,,4.75,,,,\n1,4.5,,,0.001,1,3\n2,0.30000000000000004,1.25,,2e-7,0.5,6.25\n3,2,,,0,0.25,9\n4,,1.5,0,,,\n`,
  )
})

test('a run without a step has the head alone', () => expect(lossCsv(emptyCurve())).toBe(HEAD))
