import { describe, expect, it } from 'vitest'
import { taskByName } from './catalogue.ts'
import type { Batch, Dataset } from './dataset.ts'
import { TASKS } from './tasks.ts'

interface Row {
  tokens: number[]
  targets: number[]
}

function rowsOf(batch: Batch, T: number): Row[] {
  return Array.from({ length: batch.tokens.length / T }, (_, b) => ({
    tokens: [...batch.tokens.slice(b * T, (b + 1) * T)],
    targets: [...batch.targets.slice(b * T, (b + 1) * T)],
  }))
}

const lengthOf = (data: Dataset): number => data.contextLength ?? 0
const training = (data: Dataset, B: number, step = 0) => rowsOf(data.trainBatch(1, step, B, lengthOf(data)), lengthOf(data))
const heldOut = (data: Dataset, B: number, index = 0) => rowsOf(data.heldOutBatch(index, B, lengthOf(data)), lengthOf(data))
const both = (data: Dataset, B: number) => [...training(data, B), ...heldOut(data, B)]
/** As a person reads a row: its words, and its answers with '.' where none is due. */
const words = (data: Dataset, ids: number[]) => ids.map((id) => (id === -1 ? '.' : data.tokenizer.label(id)))

describe.each(TASKS.map((task) => task.name))('%s', (name) => {
  const data = taskByName(name)
  const T = lengthOf(data)

  it('is a pure function of seed and step, and of the index of a held-out batch', () => {
    const first = data.trainBatch(3, 7, 8, T)
    data.trainBatch(3, 8, 8, T)
    expect(data.trainBatch(3, 7, 8, T)).toEqual(first)
    expect(taskByName(name).trainBatch(3, 7, 8, T)).toEqual(first)
    expect(data.trainBatch(3, 8, 8, T)).not.toEqual(first)
    expect(data.trainBatch(4, 7, 8, T)).not.toEqual(first)
    expect(data.heldOutBatch(1, 8, T)).not.toEqual(data.heldOutBatch(0, 8, T))
    expect([...heldOut(data, 4, 0), ...heldOut(data, 4, 1)]).toEqual(heldOut(data, 8, 0))
  })

  it('trains on no held-out sequence', () => {
    const tested = new Set(heldOut(data, 600).map((row) => row.tokens.join()))
    expect(tested.size).toBeGreaterThan(180)
    for (let step = 0; step < 4; step++) for (const row of training(data, 500, step)) expect(tested.has(row.tokens.join())).toBe(false)
  })

  it('keeps its ids in its vocabulary, asks for answers, and can be typed', () => {
    for (const { tokens, targets } of both(data, 50)) {
      expect(tokens).toHaveLength(T)
      expect(Math.min(...tokens)).toBeGreaterThanOrEqual(0)
      expect(Math.max(...tokens, ...targets)).toBeLessThan(data.tokenizer.vocabSize)
      expect(targets.some((id) => id >= 0)).toBe(true)
      expect([...data.tokenizer.encode(data.tokenizer.decode(tokens))]).toEqual(tokens)
    }
  })

  it('shows its first held-out sequence and takes no other length', () => {
    expect([...data.heldOutSample(T)]).toEqual(heldOut(data, 1)[0].tokens)
    expect([...data.heldOutSample(2)]).toEqual(heldOut(data, 1)[0].tokens.slice(0, 2))
    for (const wrong of [T - 1, T + 1])
      for (const batch of [() => data.trainBatch(1, 0, 1, wrong), () => data.heldOutBatch(0, 1, wrong)])
        expect(batch).toThrow(`The task "${name}" has sequences of ${T} tokens, not ${wrong}. Set context_length to ${T}.`)
    expect(() => data.heldOutSample(T + 1)).toThrow(`fewer than ${T + 1}. Set context_length to ${T}.`)
  })
})

it('copy repeats the letters before the bar', () => {
  const data = taskByName('copy')
  for (const { tokens, targets } of both(data, 20)) {
    const source = words(data, tokens).slice(0, 16)
    expect(words(data, tokens)).toEqual([...source, '|', ...source.slice(0, 15)])
    expect(words(data, targets)).toEqual([...new Array<string>(16).fill('.'), ...source])
    expect(source.join('')).toMatch(/^[a-z]{16}$/)
  }
})

describe('sort', () => {
  const data = taskByName('sort')
  it('asks for the digits in order', () => {
    for (const { tokens, targets } of both(data, 300)) {
      const count = (digit: number) => tokens.slice(0, 6).filter((id) => id === digit).length
      const answer = '0'.repeat(count(0)) + '1'.repeat(count(1)) + '2'.repeat(count(2))
      expect(words(data, targets).join('')).toBe(`.....${answer}`)
      expect(words(data, tokens).slice(6).join('')).toBe(answer.slice(0, 5))
    }
  })
  it('holds out a quarter of the 729 inputs and walks through all of it', () => {
    const tested = new Set(heldOut(data, 182).map((row) => row.tokens.join()))
    expect(tested.size).toBe(182)
    expect(heldOut(data, 183)[182]).toEqual(heldOut(data, 1)[0])
    expect(new Set(training(data, 8000).map((row) => row.tokens.join())).size).toBe(547)
  })
})

describe('modular-addition', () => {
  it('asks for the sum after "x y ="', () => {
    const data = taskByName('modular-addition')
    expect(data.tokenizer.vocabSize).toBe(114)
    for (const { tokens, targets } of both(data, 500)) {
      const [x, y, equals] = words(data, tokens)
      expect(equals).toBe('=')
      expect(words(data, targets)).toEqual(['.', '.', String((Number(x) + Number(y)) % 113)])
    }
  })
  it('trains on exactly 30 % of the pairs and tests on all others', () => {
    const data = taskByName('modular-addition:p=5')
    expect(data.name).toBe('modular-addition:p=5')
    const trained = new Set(training(data, 500).map((row) => row.tokens.join()))
    const tested = new Set(heldOut(data, 17).map((row) => row.tokens.join()))
    expect(trained.size).toBe(8)
    expect(tested.size).toBe(17)
    expect(new Set([...trained, ...tested]).size).toBe(25)
  })
})

it('induction repeats different symbols and asks only in the second copy', () => {
  const data = taskByName('induction')
  for (const { tokens, targets } of both(data, 50)) {
    expect(new Set(tokens.slice(0, 32)).size).toBe(32)
    expect(tokens.slice(32)).toEqual(tokens.slice(0, 32))
    expect(targets).toEqual([...new Array<number>(32).fill(-1), ...tokens.slice(33), -1])
  }
})

describe('associative-recall', () => {
  it.each([
    ['associative-recall', 4],
    ['associative-recall:pairs=16', 16],
  ])('%s gives pairs, then asks for each key once', (name, pairs) => {
    const data = taskByName(name)
    expect(data.tokenizer.vocabSize).toBe(256)
    for (const { tokens, targets } of both(data, 100)) {
      const keys = tokens.slice(0, 2 * pairs).filter((_, i) => i % 2 === 0)
      const values = tokens.slice(0, 2 * pairs).filter((_, i) => i % 2 === 1)
      expect(new Set(keys).size).toBe(pairs)
      expect(new Set(values).size).toBe(pairs)
      expect(keys.every((id) => id >= 1 && id < 128)).toBe(true)
      expect(values.every((id) => id >= 128 && id < 256)).toBe(true)
      const asked = targets.flatMap((id, i) => (id === -1 ? [] : [i]))
      expect(asked.every((i) => i >= 2 * pairs && i % 2 === 0)).toBe(true)
      expect(asked.map((i) => tokens[i]).sort()).toEqual([...keys].sort())
      for (const i of asked) expect(targets[i]).toBe(values[keys.indexOf(tokens[i])])
    }
  })

  it('draws the gaps from the power law', () => {
    // With one pair there is one draw: the share of gap r is r^-0.99 over the sum of them.
    const data = taskByName('associative-recall:pairs=1')
    const places = 31
    const counts = new Array<number>(places).fill(0)
    const total = 6000
    for (const { targets } of training(data, total)) counts[(targets.findIndex((id) => id >= 0) - 2) / 2]++
    const weights = counts.map((_, i) => (i + 1) ** -0.99)
    const sum = weights.reduce((a, b) => a + b)
    const chi2 = counts.reduce((all, n, i) => all + (n - (total * weights[i]) / sum) ** 2 / ((total * weights[i]) / sum), 0)
    // 30 degrees of freedom: the mean and 4 standard deviations.
    expect(chi2).toBeLessThan(30 + 4 * Math.sqrt(60))
  })
})

/** The paper's definition by searching the string: from the end of a prefix, hop to what follows the last earlier occurrence of its last letter. */
function hopByHand(string: string, i: number, k: number): string {
  if (k === 0) return string[i]
  const found = string.slice(0, i).lastIndexOf(string[i])
  return found < 0 ? '~' : hopByHand(string, found + 1, k - 1)
}

describe('k-hop', () => {
  it.each([1, 2, 4, 16])('%i hops as the definition says', (k) => {
    const data = taskByName(`k-hop:k=${k}`)
    for (const { tokens, targets } of both(data, 20)) {
      expect(words(data, tokens)[0]).toBe(String(k))
      const string = words(data, tokens).slice(1).join('')
      expect(string).toMatch(/^[a-d]{99}$/)
      expect(string).not.toMatch(/(.)\1/)
      expect(words(data, targets).join('')).toBe(`.${Array.from(string, (_, i) => hopByHand(string, i, k)).join('')}`)
    }
  })

  it('agrees with an example worked out on paper', () => {
    // b's last earlier place is 1, after it comes c at 2, whose last earlier place is none.
    const string = 'abcab'
    expect([0, 1, 2, 3, 4].map((i) => hopByHand(string, i, 1)).join('')).toBe('~~~bc')
    expect([0, 1, 2, 3, 4].map((i) => hopByHand(string, i, 2)).join('')).toBe('~~~~~')
  })

  it('draws k from 1 to 16 for every sequence when it is left open, over the same vocabulary', () => {
    const data = taskByName('k-hop')
    const drawn = training(data, 600).map((row) => Number(words(data, row.tokens)[0]))
    expect([...new Set(drawn)].sort((a, b) => a - b)).toEqual(Array.from({ length: 16 }, (_, i) => i + 1))
    expect(data.tokenizer.toJSON()).toEqual(taskByName('k-hop:k=4').tokenizer.toJSON())
    for (const { tokens, targets } of training(data, 20)) {
      const string = words(data, tokens).slice(1).join('')
      expect(words(data, targets)[99]).toBe(hopByHand(string, 98, Number(words(data, tokens)[0])))
    }
  })
})
