import type { Ref } from 'react'
import { Explained } from '../Explained.tsx'
import { strokeOf, type DrawnRun, type LineKind } from './lines.ts'

interface Swatch {
  colour: string
  dash: string
  width: number
  opacity: number
  dots?: boolean
}

function Entry({ swatch: { colour, dash, width, opacity, dots }, text, more }: { swatch: Swatch; text: string; more?: string }) {
  return (
    <li>
      <svg width="30" height="10" aria-hidden>
        <line x1="0" y1="5" x2="30" y2="5" stroke={colour} strokeWidth={width} strokeOpacity={opacity} strokeDasharray={dash} />
        {dots && <circle cx="15" cy="5" r="3.5" fill={colour} />}
      </svg>
      {more === undefined ? <span>{text}</span> : <Explained more={more}>{text}</Explained>}
    </li>
  )
}

const HELD_OUT =
  'Text of the same kind that the model is never trained on. Only here does a low loss mean that it has learned more than its lines by heart.'

const GUESSING =
  'The loss of giving every token of the vocabulary the same chance: the logarithm of their number. A model that has learned nothing stands here.'
const GUESSED: Swatch = { colour: 'var(--ink-soft)', dash: '1 4', width: 1.5, opacity: 1 }

interface LegendProps {
  runs: readonly DrawnRun[]
  kinds: readonly LineKind[]
  /** The line of guessing is drawn. */
  guessing: boolean
  ref?: Ref<HTMLUListElement>
}

/** Which line is which. */
export function Legend({ runs, kinds, guessing, ref }: LegendProps) {
  const several = runs.length > 1
  const plain = (kind: LineKind): Swatch => {
    const known =
      several || !runs[0]
        ? { colour: 'var(--ink-soft)', dash: 'none', width: kind === 'held-out' ? 2.5 : 1, opacity: 1 }
        : strokeOf(runs[0], kind, 1)
    return { ...known, opacity: kind === 'ghost' ? 0.45 : 1, dots: kind === 'held-out' }
  }
  return (
    <ul className="curves-legend" ref={ref}>
      {several &&
        runs.map((run) => <Entry key={run.id} swatch={{ ...strokeOf(run, 'training', runs.length), width: 2.5 }} text={run.name} />)}
      {kinds.includes('training') && (
        <Entry swatch={plain('training')} text={kinds.includes('ghost') ? 'training, smoothed' : 'training'} />
      )}
      {kinds.includes('ghost') && <Entry swatch={plain('ghost')} text="each step" />}
      {kinds.includes('held-out') && <Entry swatch={plain('held-out')} text="held-out" more={HELD_OUT} />}
      {guessing && <Entry swatch={GUESSED} text="guessing" more={GUESSING} />}
    </ul>
  )
}
