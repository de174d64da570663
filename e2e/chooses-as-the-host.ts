/** Writing on the GPU, held against choosing on the host from the logits of every token. */
import { expect } from 'vitest'
import { rng } from '../src/data/random.ts'
import { createGenerator, slide, type Generator, type Writing } from '../src/model/generate.ts'
import type { Machine } from '../src/model/machine.ts'
import { likeliest, probabilityOf, sampleToken } from '../src/model/sample.ts'
import type { Choice, SampleOptions } from '../src/tensor/sample.ts'
import { randomTokens } from './engine.ts'

export const writing = (how: Partial<SampleOptions>, tokens: number, known: number): Writing => ({
  temperature: 0.8,
  topK: 0,
  topP: 1,
  ...how,
  tokens,
  known,
  draw: (i) => rng(3, i).next(),
})

/** What `write` gives, by reading the logits of every token and choosing on the host. */
async function writtenByHost(generator: Generator, prompt: number[], T: number, how: Writing): Promise<Choice[]> {
  const choices: Choice[] = []
  let window = slide(prompt, T)
  for (let i = 0; i < how.tokens; i++) {
    const logits = (await generator.next(window)).subarray(0, how.known)
    const id = sampleToken(logits, how, how.draw(i))
    choices.push({ id, probability: probabilityOf(logits, id), likeliest: likeliest(logits, 5) })
    window = slide([...window, id], T)
  }
  return choices
}

export async function collect(choices: AsyncIterable<Choice>, most = Infinity): Promise<Choice[]> {
  const all: Choice[] = []
  for await (const choice of choices) if (all.push(choice) === most) break
  return all
}

/** The same ids, by probabilities that are equal but for rounding. */
function expectEqual(choices: Choice[], due: Choice[]): void {
  const ids = (all: Choice[]) => all.map(({ id, likeliest: listed }) => [id, ...listed.map((one) => one.id)])
  const probabilities = (all: Choice[]) =>
    all.flatMap(({ probability, likeliest: listed }) => [probability, ...listed.map((one) => one.probability)])
  expect(ids(choices)).toEqual(ids(due))
  const expected = probabilities(due)
  expect(Math.max(...probabilities(choices).map((p, i) => Math.abs(p - expected[i])))).toBeLessThan(1e-5)
}

/** What is chosen on the GPU is what the host would choose: after a short prompt and a long one, drawn, of a few, greedily, past the context and after a stop. */
export async function choosesAsTheHost(machine: Machine): Promise<void> {
  const { context_length: T, vocab_size: V } = machine.config
  const generator = await createGenerator(machine)
  const prompt = randomTokens(9, T - 5, V)
  // A few tokens go through one by one, more of them in a pass.
  const short = writing({}, T, V)
  const dueOfShort = await writtenByHost(generator, prompt.slice(0, 3), T, short)
  expectEqual(await collect(generator.write(prompt.slice(0, 3), short)), dueOfShort)
  for (const how of [writing({}, 14, V - 5), writing({ topK: 9, topP: 0.9 }, 14, V), writing({ temperature: 0 }, 14, V)]) {
    const due = await writtenByHost(generator, prompt, T, how)
    expectEqual(await collect(generator.write(prompt, how)), due)
    // Stopped in the middle of a group, with another under way.
    expect(await collect(generator.write(prompt, how), 6)).toHaveLength(6)
    expectEqual(await collect(generator.write(prompt, { ...how, tokens: 5 })), due.slice(0, 5))
  }
  const long = randomTokens(10, T + 3, V)
  const how = writing({}, 3, V)
  expectEqual(await collect(generator.write(long, how)), await writtenByHost(generator, long, T, how))
  generator.dispose()
}
