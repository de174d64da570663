import { Badge, Button, Checkbox, Group, Text, VisuallyHidden } from '@mantine/core'
import type { ReactNode } from 'react'
import { datasetTitle, finalLoss, type KeptRun } from '../../store/kept-run.ts'
import { changeFrom, wiringInWords } from '../../store/run-diff.ts'
import { DeleteButton } from './DeleteButton.tsx'
import { InlineText } from './InlineText.tsx'
import { Swatch, type RunStyle } from './Swatch.tsx'
import { WeightsCell } from './WeightsCell.tsx'
import { dateText, lossText, plannedSteps } from './words.ts'

/** What can be done with a run of the list. */
export interface RunActions {
  /** Draws it among the curves, or no longer. */
  onDraw: (id: string, on: boolean) => void
  /** Shows its recording: curve, maps, scrub bar. */
  onOpen: (id: string) => void
  /** Loads its kept weights into the GPU. */
  onGoOn: (id: string) => void
  /** For the run on the GPU, and for weights that are only kept until another run begins. */
  onKeepWeights: (id: string) => void
  onDropWeights: (id: string) => void
  onRename: (id: string, name: string) => void
  onNote: (id: string, notes: string) => void
  onRemove: (id: string) => void
}

interface RunRowProps extends RunActions {
  run: KeptRun
  /** The run before it in time. */
  before: KeptRun | undefined
  /** The run that it is the twin of, while that is kept. */
  original: KeptRun | undefined
  drawn: boolean
  style: RunStyle | null
  current: boolean
  canLoad: boolean
}

/** Roles are written out because a table that is laid out as cards loses its own. The label shows in cards alone. */
function Cell({ label, className, children }: { label?: string; className?: string; children: ReactNode }) {
  return (
    <td role="cell" className={label ? `runs-fact ${className ?? ''}` : className}>
      {label && (
        <span className="runs-label" aria-hidden>
          {label}
        </span>
      )}
      <div>{children}</div>
    </td>
  )
}

/** One kept run: a row, or a card where there is no room for rows. */
export function RunRow({ run, before, original, drawn, style, current, canLoad, ...actions }: RunRowProps) {
  const { id, name, notes, recording, step, weights } = run
  return (
    <tr role="row">
      <Cell className="runs-draw">
        <Checkbox
          aria-label={`Draw ${name}`}
          checked={drawn}
          onChange={(event) => actions.onDraw(id, event.currentTarget.checked)}
          size="sm"
        />
        <Swatch style={drawn ? style : null} />
      </Cell>
      <Cell className="runs-name">
        <InlineText
          label={`Name of ${name}`}
          value={name}
          required
          className="runs-name-input"
          onCommit={(text) => actions.onRename(id, text)}
        />
        <Group gap={6} className="runs-soft runs-meta">
          <time dateTime={recording.date}>{dateText(recording.date)}</time>
          {original && <span>twin of {original.name}</span>}
          {current && (
            <Badge size="sm" variant="outline" color="gray" className="runs-badge">
              on the GPU
            </Badge>
          )}
        </Group>
        {before && (
          <Text size="xs" className="runs-soft runs-meta">
            {changeFrom(run, before)}
          </Text>
        )}
        <InlineText label={`Notes on ${name}`} value={notes} placeholder="Add a note" onCommit={(text) => actions.onNote(id, text)} />
      </Cell>
      <Cell label="Dataset">{datasetTitle(recording.dataset)}</Cell>
      <Cell label="Wiring">{wiringInWords(recording)}</Cell>
      <Cell label="Steps" className="runs-number">
        {step.toLocaleString('en')} of {plannedSteps(run).toLocaleString('en')}
      </Cell>
      <Cell label="Held-out loss" className="runs-number">
        {lossText(finalLoss(run))}
      </Cell>
      <Cell label="Weights">
        <WeightsCell run={run} current={current} onKeep={() => actions.onKeepWeights(id)} onDrop={() => actions.onDropWeights(id)} />
      </Cell>
      <Cell className="runs-actions">
        <Group gap={6}>
          <Button size="compact-sm" variant="default" onClick={() => actions.onOpen(id)}>
            Show<VisuallyHidden> {name}</VisuallyHidden>
          </Button>
          {weights && !current && (
            <Button size="compact-sm" variant="default" disabled={!canLoad} onClick={() => actions.onGoOn(id)}>
              Go on<VisuallyHidden> with {name}</VisuallyHidden>
            </Button>
          )}
          <DeleteButton
            name={name}
            question={
              current
                ? 'Delete it? The model on the GPU stays, but its run is no longer kept.'
                : weights
                  ? 'Delete it with its weights?'
                  : 'Delete it?'
            }
            onDelete={() => actions.onRemove(id)}
          />
        </Group>
      </Cell>
    </tr>
  )
}
