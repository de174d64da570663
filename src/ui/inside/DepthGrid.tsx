import { useState, type KeyboardEvent } from 'react'
import { depthMove, effectOf, effectReach, toldEffect, type DepthAt, type DepthColour, type DepthReader } from '../../store/depth-map.ts'
import { tellMark, tellReader } from '../../store/depth-words.ts'
import { cutNumbers, headName } from '../../store/reads-back-words.ts'
import { useHold } from '../heads/hold.ts'
import { useScheme } from '../maps/scheme.ts'
import { effectColour } from './depth-colour.ts'
import { earlierText } from './depth-figure.ts'
import { DepthMark } from './DepthMark.tsx'

interface DepthGridProps {
  /** In the order in which they are asked for. */
  readers: DepthReader[]
  layers: number
  side: number
  colour: DepthColour
}

/** As many readers as a window shows with what is told of them. */
const FEW = 12

/** A mark by what it is of: its place changes with the order. */
interface Named {
  reader: string
  source: number
}

const nameOf = ({ row }: DepthReader): string => `${row.layer}.${row.head}`

function placeOf(readers: readonly DepthReader[], at: Named | null): DepthAt | undefined {
  const reader = readers.findIndex((one) => nameOf(one) === at?.reader)
  const mark = readers[reader]?.marks.findIndex(({ source }) => source === at?.source) ?? -1
  return mark < 0 ? undefined : { reader, mark }
}

/** Readers by source layers. While somebody is in it the rows keep their places. */
export function DepthGrid({ readers: sorted, layers, side, colour }: DepthGridProps) {
  const scheme = useScheme()
  const { held, handlers } = useHold(sorted.map(nameOf))
  const readers = held ? held.flatMap((name) => sorted.find((one) => nameOf(one) === name) ?? []) : sorted
  const [pointed, setPointed] = useState<Named | null>(null)
  const [focused, setFocused] = useState<Named | null>(null)
  const [locked, setLocked] = useState<string | null>(null)
  const reach = effectReach(readers, colour) ?? 0
  // One mark of the grid is in the tab order, the arrow keys reach the others.
  const here = placeOf(readers, focused) ?? { reader: 0, mark: 0 }
  const lockedReader = readers.find((one) => nameOf(one) === locked)
  const at = placeOf(readers, pointed)
  const told = lockedReader
    ? `${tellReader(lockedReader)} (held; Escape lets go)`
    : at
      ? tellMark(readers[at.reader], readers[at.reader].marks[at.mark])
      : 'Point at a mark to read its numbers, or go there by Tab and the arrow keys; click it or press Enter to hold its reader.'

  const onKeyDown = (event: KeyboardEvent<HTMLElement>) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return
    if (event.key === 'Escape') return setLocked(null)
    const to = depthMove(readers, here, event.key)
    if (!to) return
    event.preventDefault()
    const reader = readers[to.reader]
    event.currentTarget.querySelector<HTMLElement>(`[data-mark="${nameOf(reader)}<${reader.marks[to.mark].source}"]`)?.focus()
  }

  return (
    <div className="depth-frame" {...handlers}>
      <div className="inside-scroll">
        <table role="grid" aria-label="Depth map, readers by source layers" className="inside-table depth-grid" onKeyDown={onKeyDown}>
          <thead>
            <tr>
              <th scope="col">Reader</th>
              {Array.from({ length: layers }, (_, layer) => (
                <th key={layer} scope="col">
                  <span className="depth-word">layer </span>
                  {layer}
                </th>
              ))}
              <th scope="col">From earlier</th>
              <th scope="col">Loss without it</th>
            </tr>
          </thead>
          <tbody onPointerLeave={() => setPointed(null)}>
            {readers.map((reader, r) => {
              const { row, marks } = reader
              const name = nameOf(reader)
              return (
                <tr key={name} className={name === locked ? 'locked' : undefined}>
                  <th scope="row">{headName(row)}</th>
                  {Array.from({ length: layers }, (_, source) => {
                    const m = marks.findIndex((mark) => mark.source === source)
                    const mark = marks.at(m)
                    return (
                      <td key={source} role="gridcell" className={source === row.layer ? 'own' : undefined}>
                        {m >= 0 && mark && (
                          <button
                            type="button"
                            className="depth-button"
                            aria-label={tellMark(reader, mark)}
                            aria-pressed={name === locked}
                            data-mark={`${name}<${source}`}
                            data-value={mark.amount}
                            tabIndex={r === here.reader && m === here.mark ? 0 : -1}
                            onFocus={() => {
                              setFocused({ reader: name, source })
                              setPointed({ reader: name, source })
                            }}
                            onBlur={() => setPointed(null)}
                            onPointerEnter={() => setPointed({ reader: name, source })}
                            onClick={() => setLocked(name === locked ? null : name)}
                          >
                            <DepthMark
                              mark={mark}
                              side={side}
                              fill={effectColour(toldEffect(effectOf(reader, mark, colour)), reach, scheme)}
                              earlier={source < row.layer}
                            />
                          </button>
                        )}
                      </td>
                    )
                  })}
                  <td role="gridcell">{earlierText(row)}</td>
                  <td role="gridcell">{row.effect ? cutNumbers(row.effect) : '–'}</td>
                </tr>
              )
            })}
          </tbody>
        </table>
      </div>
      <p className={readers.length > FEW ? 'depth-told tall' : 'depth-told'} aria-hidden>
        {told}
      </p>
    </div>
  )
}
