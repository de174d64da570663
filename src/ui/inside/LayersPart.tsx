import './inside.css'
import { Group, Stack, Text } from '@mantine/core'
import { useState } from 'react'
import type { Change } from '../../model/changes.ts'
import { changesText } from '../../store/change-words.ts'
import type { DropOrder, LabAnswer } from '../../worker/protocol.ts'
import { cutNumbers } from '../../store/reads-back-words.ts'
import { useView } from '../app-context.ts'
import { Panel } from '../Panel.tsx'
import { AskButton } from './AskButton.tsx'

const ORDERS: { order: DropOrder; title: string }[] = [
  { order: 'attn', title: 'Drop attention, layer by layer' },
  { order: 'mlp', title: 'Drop MLPs, layer by layer' },
  { order: 'joint', title: 'Drop whatever scores lowest' },
  { order: 'block', title: 'Drop whole blocks' },
]
type LayerScores = Extract<LabAnswer, { about: 'layers' }>['layers'][number]

const PART = { attn: 'attention', mlp: 'MLP', block: 'block' }
/** Pixels of a score of 1. */
const BAR = 72

type Sublayer = Extract<Change, { drop: unknown }>

const isSame = (a: Sublayer, b: Sublayer): boolean => a.drop[0] === b.drop[0] && a.drop[1] === b.drop[1]

const byPlace = (a: Sublayer, b: Sublayer): number => a.drop[1] - b.drop[1] || a.drop[0].localeCompare(b.drop[0])

interface ScoresProps {
  layers: LayerScores[]
  /** Sublayers to be left out. */
  ticked: readonly Sublayer[]
  onTick: (sublayer: Sublayer) => void
}

function Scores({ layers, ticked, onTick }: ScoresProps) {
  const score = (value: number) => (
    <>
      {value.toFixed(4)}{' '}
      <span className="inside-track" style={{ width: BAR }}>
        <span className="inside-bar" style={{ width: BAR * Math.min(1, value) }} />
      </span>
    </>
  )
  return (
    <div className="inside-scroll" role="region" aria-label="Scores of the layers, table" tabIndex={0}>
      <table className="inside-table inside-left" aria-label="Scores of the layers">
        <thead>
          <tr>
            {['Layer', 'Attention', 'MLP', 'Block'].map((column) => (
              <th key={column} scope="col">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {layers.map(({ layer, block, ...own }) => (
            <tr key={layer}>
              <th scope="row">{layer}</th>
              {(['attn', 'mlp'] as const).map((what) => (
                <td key={what}>
                  <label className="inside-tick">
                    <input
                      type="checkbox"
                      aria-label={`Leave out the ${PART[what]} of layer ${layer}`}
                      checked={ticked.some((one) => isSame(one, { drop: [what, layer] }))}
                      onChange={() => onTick({ drop: [what, layer] })}
                    />
                    {score(own[what])}
                  </label>
                </td>
              ))}
              <td>{score(block)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

/** The scores, and the loss without any sublayers of one's choice. */
function Choice({ layers }: { layers: LayerScores[] }) {
  const [ticked, setTicked] = useState<Sublayer[]>([])
  const effects = useView((view) => view.lab.effects)
  const toggle = (sublayer: Sublayer) => {
    const others = ticked.filter((one) => !isSame(one, sublayer))
    // In one order, whatever the order of ticking: what was measured is found again.
    setTicked(others.length < ticked.length ? others : [...ticked, sublayer].sort(byPlace))
  }
  const measured = effects.find(({ effect }) => JSON.stringify(effect.changes) === JSON.stringify(ticked))?.effect
  return (
    <>
      <Scores layers={layers} ticked={ticked} onTick={toggle} />
      {ticked.length === 0 ? (
        <Text size="sm" className="inside-soft">
          Tick sublayers to measure the loss without them.
        </Text>
      ) : (
        <AskButton question={{ about: 'effect', changes: ticked, watch: null }} quiet>
          Measure the loss without the ticked
        </AskButton>
      )}
      <Text size="sm" role="status">
        {measured && ticked.length > 0 && `${changesText(ticked)}: ${cutNumbers(measured)}, at step ${measured.step.toLocaleString('en')}.`}
      </Text>
    </>
  )
}

function Drops({ order, turns }: Extract<LabAnswer, { about: 'drops' }>) {
  const title = ORDERS.find((one) => one.order === order)?.title ?? order
  return (
    <div>
      <Text size="sm">{title}: each row with all rows above it.</Text>
      <div className="inside-scroll" role="region" aria-label="Loss after each drop, table" tabIndex={0}>
        <table className="inside-table" aria-label="Loss after each drop">
          <thead>
            <tr>
              <th scope="col">Dropped</th>
              <th scope="col">Change of loss</th>
              <th scope="col">Loss</th>
              <th scope="col">Score</th>
            </tr>
          </thead>
          <tbody>
            {turns.map(({ dropped: { what, layer, score }, effect }, i) => (
              <tr key={`${what} ${layer}`}>
                <th scope="row">{`${i > 0 ? 'and ' : ''}layer ${layer}: ${PART[what]}`}</th>
                <td>{cutNumbers(effect)}</td>
                <td>{(effect.loss + effect.difference).toFixed(4)}</td>
                <td>{score.toFixed(4)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  )
}

/** LLM-Drop: how little each sublayer changes the stream, and what is left without it. */
export function LayersPart() {
  const scores = useView((view) => view.lab.answers.layers)
  const drops = useView((view) => view.lab.answers.drops)
  return (
    <Panel title="Which layers could go?">
      <Stack gap="sm">
        <Text size="sm">
          A sublayer that hardly changes the stream may not be needed. The score is S = 1 − cos(X, Y), the stream before and after it with
          the residual included, averaged over tokens (LLM-Drop, arXiv 2406.15786): low scores are dropped first. The paper found that in
          large models attention can go first; a small one need not agree. Keys and values of a dropped layer stay readable for the layers
          that read them.
        </Text>
        <Group gap="sm">
          <AskButton question={{ about: 'layers' }}>Score the layers</AskButton>
          {ORDERS.map(({ order, title }) => (
            <AskButton key={order} question={{ about: 'drops', order }} quiet>
              {title}
            </AskButton>
          ))}
        </Group>
        {scores && <Choice layers={scores.answer.layers} />}
        {drops && <Drops {...drops.answer} />}
        <Text size="sm" className="inside-soft">
          Without retraining; heads may compensate.
        </Text>
      </Stack>
    </Panel>
  )
}
