import { memo, useId, useLayoutEffect, useRef, useState, type FocusEvent, type KeyboardEvent, type PointerEvent, type UIEvent } from 'react'
import type { GeneratedPiece } from '../../worker/protocol.ts'
import { Explained } from '../Explained.tsx'
import { PieceCard } from './PieceCard.tsx'
import { BANDS, bandOf } from './probability.ts'

interface PieceProps {
  index: number
  piece: GeneratedPiece
  /** Where the Tab key enters the text. */
  entry: boolean
  describedBy?: string
}

const Piece = memo(function Piece({ index, piece, entry, describedBy }: PieceProps) {
  return (
    <span
      data-piece={index}
      className={`text-piece text-band-${bandOf(piece.probability)}`}
      tabIndex={entry ? 0 : -1}
      aria-describedby={describedBy}
    >
      {piece.text}
    </span>
  )
})

/** The index of the piece that an event happened on. */
function pieceOf(target: EventTarget): number | null {
  const index = target instanceof HTMLElement ? target.dataset.piece : undefined
  return index === undefined ? null : Number(index)
}

/** The piece in the next or the previous line that stands closest to `from`; itself at the end of the text. */
function acrossLines(spans: HTMLCollection, from: number, by: 1 | -1): number {
  const placeOf = (i: number) => spans[i].getBoundingClientRect()
  const start = placeOf(from)
  let line: number | null = null
  let best = from
  for (let i = from + by; i >= 0 && i < spans.length; i += by) {
    const { top, left } = placeOf(i)
    if (Math.abs(top - start.top) < 2) continue
    line ??= top
    if (Math.abs(top - line) >= 2) break
    if (best === from || Math.abs(left - start.left) < Math.abs(placeOf(best).left - start.left)) best = i
  }
  return best
}

function Scale() {
  const names = ['under 2 %', '2 to 10', '10 to 30', '30 to 70', 'over 70 %']
  return (
    <div className="text-scale">
      <Explained more="The darker a token, the likelier the model itself held it there, before temperature and top k. Pale tokens are those that chance put there.">
        How likely it held each token
      </Explained>
      <ol aria-label="Colours of the text">
        {BANDS.map((from, band) => (
          <li key={from} className={`text-band-${band}`}>
            {names[band]}
          </li>
        ))}
      </ol>
    </div>
  )
}

/** Pixels from the end that still count as standing there. */
const NEAR_END = 24

interface TextViewProps {
  pieces: readonly GeneratedPiece[]
  busy: boolean
}

/** Generated text, every token on the colour of its probability. One stop of the Tab key; arrow keys move from token to token, and what the model thought there is told. */
export function TextView({ pieces, busy }: TextViewProps) {
  const [entry, setEntry] = useState(0)
  const [open, setOpen] = useState<number | null>(null)
  const [frame, setFrame] = useState<HTMLDivElement | null>(null)
  const region = useRef<HTMLDivElement>(null)
  const card = useId()
  const stop = Math.min(entry, Math.max(0, pieces.length - 1))
  const looked = open !== null && open < pieces.length ? open : null

  // A text that is being written stays in view at its end, unless the person has scrolled away from it.
  const atEnd = useRef(true)
  useLayoutEffect(() => {
    const box = region.current
    if (box && busy && atEnd.current) box.scrollTop = box.scrollHeight
  }, [pieces, busy])
  const scrolled = ({ currentTarget: box }: UIEvent) => {
    atEnd.current = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_END
    setOpen(null)
  }

  const spans = () => region.current?.children ?? null
  const goTo = (index: number) => {
    const span = spans()?.[index]
    if (span instanceof HTMLElement) span.focus()
  }
  const press = (event: KeyboardEvent) => {
    const from = pieceOf(event.target)
    const all = spans()
    if (from === null || !all) return
    const to: Record<string, () => number> = {
      ArrowRight: () => Math.min(all.length - 1, from + 1),
      ArrowLeft: () => Math.max(0, from - 1),
      ArrowDown: () => acrossLines(all, from, 1),
      ArrowUp: () => acrossLines(all, from, -1),
      Home: () => 0,
      End: () => all.length - 1,
    }
    if (event.key === 'Escape') setOpen(null)
    if (!(event.key in to)) return
    event.preventDefault()
    goTo(to[event.key]())
  }
  const focused = (event: FocusEvent) => {
    const index = pieceOf(event.target)
    if (index === null) return
    setEntry(index)
    setOpen(index)
  }
  const pointed = (event: PointerEvent) => setOpen(pieceOf(event.target))

  return (
    <div className="text-view">
      <div className="text-head">
        <b aria-hidden>Generated text</b>
        <Scale />
      </div>
      <div className="text-frame" ref={setFrame} onPointerLeave={() => setOpen(null)}>
        <div
          ref={region}
          role="region"
          aria-label="Generated text"
          aria-live="polite"
          aria-busy={busy}
          className="text-generated"
          onKeyDown={press}
          onFocus={focused}
          onBlur={() => setOpen(null)}
          onPointerOver={pointed}
          onScroll={scrolled}
        >
          {pieces.map((piece, i) => (
            <Piece key={i} index={i} piece={piece} entry={i === stop} describedBy={i === looked ? card : undefined} />
          ))}
        </div>
        {pieces.length === 0 && (
          <p className="text-nothing">
            {busy
              ? 'Writing…'
              : 'What the model writes will stand here, each token on a colour that says how likely the model held it. Press Generate.'}
          </p>
        )}
        {looked !== null && frame && <PieceCard id={card} index={looked} piece={pieces[looked]} frame={frame} />}
      </div>
    </div>
  )
}
