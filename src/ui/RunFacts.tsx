import { Text } from '@mantine/core'
import { useView } from './app-context.ts'

const megabytes = (bytes: number): string => `${(bytes / 1048576).toFixed(bytes < 100 * 1048576 ? 1 : 0)} MB`

/** What the run on the GPU is, in one line. */
export function RunFacts() {
  const run = useView((view) => view.run)
  if (!run) return null
  const facts = [
    run.name,
    `${run.layers} layers of ${run.heads} heads`,
    `${run.contextLength} tokens of context`,
    `${run.parameters.toLocaleString('en')} parameters`,
    `${megabytes(run.bytes)} of GPU memory`,
    `${run.dispatches} GPU calls a step`,
  ]
  return <Text size="sm">{facts.join(' · ')}</Text>
}
