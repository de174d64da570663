import { useState, type CSSProperties, type ReactNode } from 'react'
import type { HeadRow } from '../../store/reads-back.ts'
import { tellHead } from '../../store/reads-back-words.ts'
import { Panel } from '../Panel.tsx'
import { useGridKeys } from './grid-keys.ts'
import { HeadSquare } from './HeadSquare.tsx'
import { SquaresLegend } from './SquaresLegend.tsx'
import './heads.css'

interface HeadSquaresProps {
  rows: HeadRow[]
  /** The step of the rows' values at the start. */
  startStep?: number
  /** The head whose large map is open. */
  selected: { layer: number; head: number } | null
  onSelect: (layer: number, head: number) => void
  /** A word beside the title. */
  mark?: string
  figure?: ReactNode
  /** What stands beside the squares, under them where there is no room. */
  children?: ReactNode
}

/** All heads of all layers as squares, filled to the height of what they pay to earlier layers; the top layer first, for text enters at the bottom. */
export function HeadSquares({ rows, startStep = 0, selected, onSelect, mark, figure, children }: HeadSquaresProps) {
  const layers = [...new Set(rows.map((row) => row.layer))].sort((a, b) => b - a)
  const heads = [...new Set(rows.map((row) => row.head))].sort((a, b) => a - b)
  const keys = useGridKeys(layers.length, heads.length)
  const [pointed, setPointed] = useState<{ layer: number; head: number } | null>(null)
  const told = pointed && rows.find((row) => row.layer === pointed.layer && row.head === pointed.head)
  const dense = heads.length > 6 || layers.length > 8
  const style: CSSProperties & Record<'--heads', number> = { '--heads': heads.length }
  return (
    <Panel title="Which heads attend to earlier layers?" mark={mark} action={figure}>
      {rows.length === 0 ? (
        <p className="heads-note">The heads appear with the first steps of training.</p>
      ) : (
        <div className={dense ? 'heads-squares dense' : 'heads-squares'} style={style}>
          <div className="heads-squares-parts">
            <div className="heads-squares-left">
              <div className="heads-squares-scroll">
                <table role="grid" aria-label="Attention heads, layer by head" onKeyDown={keys.onKeyDown}>
                  <thead>
                    <tr>
                      <td>{dense && 'head'}</td>
                      {heads.map((head) => (
                        <th key={head} scope="col">
                          <span className="heads-word">head </span>
                          {head}
                        </th>
                      ))}
                    </tr>
                  </thead>
                  <tbody onPointerLeave={() => setPointed(null)}>
                    {layers.map((layer) => (
                      <tr key={layer}>
                        <th scope="row">
                          <span className="heads-word">layer </span>
                          {layer}
                        </th>
                        {heads.map((head) => {
                          const row = rows.find((other) => other.layer === layer && other.head === head)
                          const { onFocus, ...button } = keys.button(layer, head)
                          return (
                            <td key={head} role="gridcell">
                              {row && (
                                <button
                                  type="button"
                                  className="heads-square-button"
                                  aria-label={tellHead(row, startStep)}
                                  aria-pressed={selected?.layer === layer && selected.head === head}
                                  {...button}
                                  onFocus={() => {
                                    onFocus()
                                    setPointed({ layer, head })
                                  }}
                                  onBlur={() => setPointed(null)}
                                  onPointerEnter={() => setPointed({ layer, head })}
                                  onClick={() => onSelect(layer, head)}
                                >
                                  <HeadSquare row={row} />
                                </button>
                              )}
                            </td>
                          )
                        })}
                      </tr>
                    ))}
                  </tbody>
                </table>
                <p className="heads-enters">text enters here ↑</p>
              </div>
              <SquaresLegend rows={rows} />
            </div>
            <div className="heads-squares-beside">{children}</div>
          </div>
          <p className="heads-told" aria-hidden>
            {told ? tellHead(told, startStep) : 'Point at a square to read it, click it to see the whole map.'}
          </p>
        </div>
      )}
    </Panel>
  )
}
