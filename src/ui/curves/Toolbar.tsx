import { Button, Group, SegmentedControl, Slider } from '@mantine/core'
import type { Against, Quantity } from '../../store/series.ts'
import { zoomedBy } from './axis.ts'

export interface Choices {
  quantity: Quantity
  against: Against
  log: boolean
  smoothing: number
  zoom: [number, number] | null
}

interface ToolbarProps {
  choices: Choices
  change: (to: Partial<Choices>) => void
  /** The whole x axis. */
  extent: [number, number]
}

const QUANTITIES: { value: Quantity; label: string }[] = [
  { value: 'loss', label: 'Loss' },
  { value: 'gradNorm', label: 'Gradient norm' },
  { value: 'lr', label: 'Learning rate' },
]
const SCALES = [
  { value: 'linear', label: 'Linear' },
  { value: 'log', label: 'Log' },
] as const
const PLACES: { value: Against; label: string }[] = [
  { value: 'step', label: 'By step' },
  { value: 'time', label: 'By time' },
]

const strengthText = (strength: number): string => (strength === 0 ? 'off' : `${Math.round(100 * strength)} %`)

/** What is drawn, and how. */
export function Toolbar({ choices, change, extent }: ToolbarProps) {
  const { quantity, against, log, smoothing, zoom } = choices
  const zoomBy = (factor: number) => change({ zoom: zoomedBy(zoom ?? extent, extent, factor) })
  const empty = extent[1] === 0
  return (
    <div className="curves-tools">
      <SegmentedControl
        size="xs"
        aria-label="What the curve shows"
        data={QUANTITIES}
        value={quantity}
        onChange={(value) => change({ quantity: value })}
      />
      <SegmentedControl
        size="xs"
        aria-label="Scale of the vertical axis"
        data={[...SCALES]}
        value={log ? 'log' : 'linear'}
        onChange={(value) => change({ log: value === 'log' })}
      />
      <SegmentedControl
        size="xs"
        aria-label="Horizontal axis"
        data={PLACES}
        value={against}
        onChange={(value) => change({ against: value, zoom: null })}
      />
      <div className="curves-smoothing">
        <span aria-hidden>
          Smoothing <b>{strengthText(smoothing)}</b>
        </span>
        <Slider
          size="sm"
          thumbLabel="Smoothing"
          label={null}
          min={0}
          max={0.99}
          step={0.01}
          value={smoothing}
          onChange={(value) => change({ smoothing: value })}
          thumbProps={{ 'aria-valuetext': strengthText(smoothing) }}
        />
      </div>
      <Group gap={4} role="group" aria-label="Zoom" wrap="nowrap">
        <Button variant="default" size="compact-sm" aria-label="Zoom in" title="Zoom in" disabled={empty} onClick={() => zoomBy(0.5)}>
          +
        </Button>
        <Button variant="default" size="compact-sm" aria-label="Zoom out" title="Zoom out" disabled={!zoom} onClick={() => zoomBy(2)}>
          −
        </Button>
        <Button variant="default" size="compact-sm" aria-label="Reset zoom" disabled={!zoom} onClick={() => change({ zoom: null })}>
          Reset
        </Button>
      </Group>
    </div>
  )
}
