import './inside.css'
import './depth.css'
import { NativeSelect, Stack, Text } from '@mantine/core'
import { useMemo, useState } from 'react'
import { csvOf } from '../../io/csv.ts'
import {
  DEPTH_ORDERS,
  depthReaders,
  depthRows,
  effectReach,
  sortReaders,
  tellingPart,
  type DepthArea,
  type DepthColour,
  type DepthOrder,
  type DepthPart as Part,
} from '../../store/depth-map.ts'
import type { LabQuestion } from '../../worker/protocol.ts'
import { depthSummary } from '../../store/depth-words.ts'
import { isRecorded } from '../../store/session-view.ts'
import { useView } from '../app-context.ts'
import { FigureMenu } from '../figure/FigureMenu.tsx'
import { Panel } from '../Panel.tsx'
import { ShownScrub } from '../watch/ShownScrub.tsx'
import { useMoment } from '../watch/useMoment.ts'
import { AskButton } from './AskButton.tsx'
import { depthSvg } from './depth-figure.ts'
import { DepthGrid } from './DepthGrid.tsx'
import { DepthLegend } from './DepthLegend.tsx'
import { useLabRows } from './useLabRows.ts'

const PARTS: Record<Part, { title: string; more: string }> = {
  keys: { title: 'Keys', more: 'The layer whose keys the head looks at.' },
  values: { title: 'Values', more: 'The layer whose values the head takes.' },
}
const COLOURS: Record<DepthColour, { title: string; more: string; question: LabQuestion; ask: string }> = {
  head: {
    title: 'Loss without the head',
    more: 'All marks of a head alike: its whole output is replaced by its mean.',
    question: { about: 'sweep', sweep: 'mean' },
    ask: 'Take every head away in turn',
  },
  source: {
    title: 'Loss without the source',
    more: 'Each mark by itself: this source is closed, and the head’s attention falls on its others.',
    question: { about: 'sources' },
    ask: 'Close every source in turn',
  },
}
const AREAS: Record<DepthArea, { title: string; words: string; more: string }> = {
  mass: {
    title: 'Attention',
    words: 'the part of the head’s attention on the layer',
    more: 'Mean over tokens of Σ A[t, j] over the slots of that layer.',
  },
  output: {
    title: 'Attention × output share',
    words: 'the part of the head’s attention on the layer × the head’s part of its layer’s output',
    more: 'Times ‖z_h W_O^h‖ ÷ Σ ‖z_i W_O^i‖: a head that gives little stays small.',
  },
}

interface ChoiceProps<Key extends string> {
  label: string
  more: string
  titles: Record<Key, string>
  value: Key
  onChange: (key: Key) => void
}

function Choice<Key extends string>({ label, more, titles, value, onChange }: ChoiceProps<Key>) {
  const isKey = (key: string): key is Key => key in titles
  return (
    <NativeSelect
      label={label}
      description={more}
      inputWrapperOrder={['label', 'input', 'description']}
      data={Object.entries<string>(titles).map(([key, title]) => ({ value: key, label: title }))}
      value={value}
      onChange={(event) => isKey(event.currentTarget.value) && onChange(event.currentTarget.value)}
    />
  )
}

/** Readers of more rows take lower ones; none is too low to be pointed at. */
const sideFor = (readers: number): number => (readers <= 16 ? 36 : readers <= 48 ? 28 : 24)

/** Every head by the layers it reads: how much, and what the head is worth. */
export function DepthPart() {
  const { rows, swept } = useLabRows()
  const step = useMoment()?.maps.step ?? 0
  const recorded = useView(isRecorded)
  const [chosen, setPart] = useState<Part | null>(null)
  const [area, setArea] = useState<DepthArea>('mass')
  const [colour, setColour] = useState<DepthColour>('head')
  const sources = useView((view) => view.lab.answers.sources)
  const now = useView((view) => view.live?.step ?? 0)
  const [order, setOrder] = useState<DepthOrder>('depth')
  const part = chosen ?? tellingPart(rows)
  const askedAt = colour === 'head' ? swept?.heads.at(0)?.step : sources?.step
  const stale = askedAt !== undefined && askedAt !== now ? askedAt : null
  const closed = recorded ? undefined : sources
  const readers = useMemo(
    () => sortReaders(depthReaders(rows, part, area, closed?.answer.sources), order),
    [rows, part, area, order, closed],
  )
  const layers = Math.max(0, ...rows.map(({ layer }) => layer + 1))
  const side = sideFor(readers.length)
  const reach = effectReach(readers, colour)
  return (
    <Panel
      title="Which head reads which layer, and is it worth it?"
      action={
        readers.length > 0 && (
          <FigureMenu
            name={`depth-map-step${step}`}
            label="Save the figure of the depth map"
            svg={() => depthSvg(readers, { layers, area: AREAS[area].words, step, reach, colour })}
            csv={() => csvOf(depthRows(readers, step, part))}
          />
        )
      }
    >
      <Stack gap="sm">
        {readers.length === 0 ? (
          <Text size="sm">There is no run yet: press Train.</Text>
        ) : (
          <>
            <Text className="depth-summary">{depthSummary(readers)}</Text>
            <Text size="sm" className="inside-soft">
              Change of loss: without retraining; heads may compensate.
            </Text>
            <div className="depth-fields">
              <Choice
                label="Order of the readers"
                more="By attention, heads that read back by design stand below those with a choice."
                titles={DEPTH_ORDERS}
                value={order}
                onChange={setOrder}
              />
              <Choice
                label="Area of a mark"
                more={AREAS[area].more}
                titles={{ mass: AREAS.mass.title, output: AREAS.output.title }}
                value={area}
                onChange={setArea}
              />
              <Choice
                label="Colour of a mark"
                more={COLOURS[colour].more}
                titles={{ head: COLOURS.head.title, source: COLOURS.source.title }}
                value={colour}
                onChange={setColour}
              />
              <Choice
                label="Layers counted by"
                more={PARTS[part].more}
                titles={{ keys: PARTS.keys.title, values: PARTS.values.title }}
                value={part}
                onChange={setPart}
              />
            </div>
            {!recorded && <AskButton question={COLOURS[colour].question}>{COLOURS[colour].ask}</AskButton>}
            {recorded && (
              <Text size="sm" className="inside-soft">
                This is a recording: areas are shown, colours ask a model on your GPU. Press Train, or load the recording’s model.
              </Text>
            )}
            <ShownScrub />
            <div className="depth-parts">
              <DepthGrid readers={readers} layers={layers} side={side} colour={colour} />
              <DepthLegend side={Math.max(side, 28)} area={AREAS[area].words} reach={reach} colour={colour} />
            </div>
            {!recorded && stale !== null && (
              <Text size="sm" className="inside-soft">
                Colours are of step {stale.toLocaleString('en')}; ask again for the weights as they are now.
              </Text>
            )}
            {stale === null && reach !== null && (
              <Text size="sm" className="inside-soft">
                Areas are of step {step.toLocaleString('en')}, as the bar above says; colours are of the newest weights.
              </Text>
            )}
          </>
        )}
      </Stack>
    </Panel>
  )
}
