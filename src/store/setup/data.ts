/** The data as a choice: a name of the catalogue, for a task with its options as typed ("k-hop:k=4"), or a text of one's own. */
import { DATASETS, type DatasetEntry } from '../../data/catalogue.ts'
import { TASKS, type Task, type TaskOption } from '../../data/tasks.ts'
import { numberOf } from './number.ts'
import { messageOf } from '../message-of.ts'

/** The value of Dataset that stands for a text of one's own. */
export const OWN_TEXT = 'own-text'

/** The name without its options. */
export const baseName = (dataset: string): string => dataset.split(':', 1)[0]

export const entryOf = (dataset: string): DatasetEntry | undefined => DATASETS.find((entry) => entry.name === baseName(dataset))
export const taskOf = (dataset: string): Task | undefined => TASKS.find((task) => task.name === baseName(dataset))
export const isTask = (dataset: string): boolean => taskOf(dataset) !== undefined

/** Options as typed, by name. */
function typedOptions(dataset: string): Map<string, string> {
  const [, rest = ''] = dataset.split(/:(.*)/s)
  const pairs = rest.split(',').filter((part) => part.trim() !== '')
  return new Map(pairs.map((part) => [part.split('=', 1)[0].trim(), part.split(/=(.*)/s)[1] ?? '']))
}

/** The text of an option; empty where the task's own default holds. */
export const taskOption = (dataset: string, name: string): string => typedOptions(dataset).get(name) ?? ''

/** The dataset with an option typed; a blank one is left out. */
export function withTaskOption(dataset: string, name: string, text: string): string {
  const options = typedOptions(dataset)
  const clean = text.replaceAll(/[,\s]/g, '')
  if (clean === '') options.delete(name)
  else options.set(name, clean)
  const parts = Array.from(options, ([key, value]) => `${key}=${value}`)
  return [baseName(dataset), ...(parts.length > 0 ? [parts.join(',')] : [])].join(':')
}

/** The line that says what is wrong with an option as typed; null when nothing is. */
export function taskOptionProblem(dataset: string, option: TaskOption): string | null {
  const text = taskOption(dataset, option.name)
  try {
    if (text !== '') optionValue(option, text)
    return null
  } catch (error) {
    return messageOf(error)
  }
}

const optionValue = ({ name, least, most }: TaskOption, text: string): number => numberOf(name, text, { whole: true, least, most })

/** The name by which the catalogue opens the data, options of the default left out. Throws one line that lists the names or options when there is no such data. */
export function datasetName(dataset: string): string {
  const entry = entryOf(dataset)
  if (!entry)
    throw new Error(`There is no dataset called "${baseName(dataset)}". Choose one of: ${DATASETS.map(({ name }) => name).join(', ')}.`)
  const options = taskOf(dataset)?.options ?? []
  const typed = typedOptions(dataset)
  const stranger = [...typed.keys()].find((name) => !options.some((option) => option.name === name))
  if (stranger !== undefined)
    throw new Error(
      `"${entry.title}" has no option "${stranger}". ${options.length > 0 ? `It takes: ${options.map(({ name }) => name).join(', ')}.` : `Write just "${entry.name}".`}`,
    )
  const chosen = options.flatMap((option) => {
    const text = typed.get(option.name)
    const value = text === undefined ? option.default : optionValue(option, text)
    return value === option.default ? [] : [`${option.name}=${value}`]
  })
  return chosen.length > 0 ? `${entry.name}:${chosen.join(',')}` : entry.name
}

/** The data as choices of a select. */
export const datasetChoices = [
  ...DATASETS.map(({ name, title }) => ({ value: name, label: title })),
  { value: OWN_TEXT, label: 'Your own text…' },
]
