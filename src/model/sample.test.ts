import { describe, expect, it } from 'vitest'
import { sampleToken } from './sample.ts'

/** Probabilities 0.4, 0.3, 0.2, 0.1 of the ids 2, 0, 3, 1. */
const logits = [0.3, 0.1, 0.4, 0.2].map(Math.log)
const plain = { temperature: 1, topK: 0, topP: 1 }
const drawn = (how: Partial<typeof plain>, uniforms: number[]) => uniforms.map((u) => sampleToken(logits, { ...plain, ...how }, u))

describe('sampleToken', () => {
  it('draws from the likeliest down', () => {
    expect(drawn({}, [0, 0.39, 0.41, 0.69, 0.71, 0.89, 0.91, 0.999])).toEqual([2, 2, 0, 0, 3, 3, 1, 1])
  })

  it('keeps the first k, and renormalises', () => {
    expect(drawn({ topK: 2 }, [0.57, 0.58, 0.999])).toEqual([2, 0, 0])
  })

  it('keeps the fewest that reach p of what top-k has kept', () => {
    expect(drawn({ topP: 0.69 }, [0.57, 0.58, 0.999])).toEqual([2, 0, 0])
    expect(drawn({ topP: 0.71 }, [0.44, 0.45, 0.77, 0.78, 0.999])).toEqual([2, 0, 0, 3, 3])
    expect(drawn({ topP: 1e-9 }, [0, 0.999])).toEqual([2, 2])
    expect(drawn({ topK: 2, topP: 0.56 }, [0.999])).toEqual([2])
    expect(drawn({ topK: 2, topP: 0.58 }, [0.999])).toEqual([0])
  })

  it('takes the lowest id of equals first', () => {
    expect(sampleToken([1, 2, 2, 2], { ...plain, temperature: 0 }, 0.9)).toBe(1)
    expect([0.1, 0.5, 0.9].map((u) => sampleToken([2, 2, 2], plain, u))).toEqual([0, 1, 2])
    expect(sampleToken([2, 2, 2], { ...plain, topK: 2 }, 0.99)).toBe(1)
  })
})
