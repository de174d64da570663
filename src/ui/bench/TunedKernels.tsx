import { Button, Group, Text } from '@mantine/core'
import type { TunedKernels as Tuned } from '../../worker/protocol.ts'
import { useApp, useView } from '../app-context.ts'
import { Term } from '../help/Term.tsx'
import { Panel } from '../Panel.tsx'
import { FigureTable } from './FigureTable.tsx'

/** Why nothing is remembered, or what is. */
export function rememberedText({ adapter, choices, lasts }: Tuned, software: boolean): string {
  if (software && choices.length === 0)
    return 'This adapter is a processor, where there is nothing to choose: it takes the same tile for every product.'
  const where = lasts ? 'this browser remembers them' : 'this browser keeps nothing for this page, so they last until it is reloaded'
  if (choices.length === 0) return `None are chosen on ${adapter} now. The next run or benchmark tries them, and ${where}.`
  return `Chosen on ${adapter}; ${where}. What is forgotten is tried again when the next run or benchmark begins.`
}

/** The tiles that a tune-up chose on this adapter, and forgetting them. Nothing until it is known. */
export function TunedKernels() {
  const { session } = useApp()
  const tuned = useView((view) => view.tuned)
  const software = useView((view) => view.adapter?.software ?? false)
  if (!tuned) return null
  return (
    <Panel title="Tuned kernels">
      <Text size="sm">
        Most of a step is products of matrices, and each can be worked out in <Term word="tile">tiles</Term> of several sizes. All give the
        same numbers to the last bit; which is quickest depends on the GPU, so a short tune-up tries them there.
      </Text>
      <Text size="sm" aria-live="polite">
        {rememberedText(tuned, software)}
      </Text>
      {tuned.choices.length > 0 && (
        <>
          <FigureTable
            name="Tuned products"
            head={['Product, M×N×K', 'Quickest tile']}
            rows={tuned.choices.map(({ product, tile }) => [product, tile])}
          />
          <Text size="sm" className="bench-soft">
            M×N×K is a product with M rows and N columns, each number a sum over K. Aᵀ or Bᵀ: that factor lies in memory the other way
            round. “in 4”: its sums are worked out in 4 parts and added up. A tile in “halves” has twice the threads; in “registers” they
            share nothing.
          </Text>
        </>
      )}
      <Group gap="sm">
        <Button variant="default" disabled={tuned.choices.length === 0} onClick={session.forgetTuned}>
          Forget tuned kernels
        </Button>
      </Group>
    </Panel>
  )
}
