import { Button } from '@mantine/core'
import { useState } from 'react'
import type { CutResult } from '../../io/recording.ts'
import { cutOf, type HeadRow, type HeadSeries, type MeasuredHead, type WiredHead } from '../../store/reads-back.ts'
import { headName, percent, whereTo } from '../../store/reads-back-words.ts'
import { CutButton, CutNumbers, type CutState } from './CutCell.tsx'
import { useHold } from './hold.ts'
import { ShareBar } from './ShareBar.tsx'
import { Sparkline } from './Sparkline.tsx'

/** Rows that are shown before a person asks for all. */
const FEW = 12

interface HeadTableProps extends CutState {
  kind: 'measured' | 'wired'
  /** All of one kind, ranked. */
  rows: (MeasuredHead | WiredHead)[]
  startStep: number
  series: (row: HeadRow) => HeadSeries
  cuts: CutResult[]
  onSelect: (layer: number, head: number) => void
}

const keyOf = ({ layer, head }: { layer: number; head: number }): string => `${layer}.${head}`

/** The rows in the order of `held`, where one is held. */
function inOrder<Row extends { layer: number; head: number }>(rows: Row[], held: string[] | null): Row[] {
  if (!held) return rows
  const place = new Map(held.map((key, i) => [key, i]))
  return [...rows].sort((a, b) => (place.get(keyOf(a)) ?? held.length) - (place.get(keyOf(b)) ?? held.length))
}

function Share({ row }: { row: MeasuredHead | WiredHead }) {
  const part = row.kind === 'measured' ? row.earlier : row.share
  return (
    <div className="heads-share">
      <ShareBar part={part} chance={row.chance} kind={row.kind} />
      <span className="heads-share-words">
        <b className="heads-number" data-value={part}>
          {percent(part)}
        </b>
        <span className="heads-soft">
          {row.kind === 'measured' && ` to ${whereTo(row)}`}, chance <span data-value={row.chance}>{percent(row.chance)}</span>
        </span>
      </span>
      {row.kind === 'wired' && <span className="heads-badge">{row.badge}</span>}
    </div>
  )
}

/** The heads of one kind, ranked. While somebody points at the table or is in it by keyboard, its rows keep their places. */
export function HeadTable({ kind, rows, startStep, series, cuts, onSelect, ...cutState }: HeadTableProps) {
  const [all, setAll] = useState(false)
  const { held, handlers } = useHold(rows.map(keyOf))
  const ordered = inOrder(rows, held)
  const shown = all ? ordered : ordered.slice(0, FEW)
  const columns = [
    'Head',
    kind === 'measured' ? 'Attention paid to earlier layers' : 'Part of the layer’s output',
    `At step ${startStep}`,
    ...(kind === 'measured' ? ['On the first token'] : []),
    'Over training',
    'Loss when cut',
  ]
  return (
    <div className="heads-table-frame" {...handlers}>
      <table className="heads-table" role="table" aria-label={kind === 'measured' ? 'Measured heads' : 'Wired heads'}>
        <thead role="rowgroup">
          <tr role="row">
            {columns.map((column) => (
              <th key={column} scope="col" role="columnheader">
                {column}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {shown.map((row) => (
            <tr key={keyOf(row)} role="row">
              <th scope="row" role="rowheader">
                <button type="button" className="heads-link" onClick={() => onSelect(row.layer, row.head)}>
                  {headName(row)}
                </button>
              </th>
              <td role="cell" className="heads-wide">
                <Share row={row} />
              </td>
              <td role="cell" data-column={columns[2]} className="heads-number">
                {row.start === null ? '–' : <span data-value={row.start}>{percent(row.start)}</span>}
              </td>
              {row.kind === 'measured' && (
                <td role="cell" data-column={columns[3]} className="heads-number">
                  <span data-value={row.first}>{percent(row.first)}</span>
                </td>
              )}
              <td role="cell" data-column="Over training">
                <Sparkline series={series(row)} chance={row.chance} />
              </td>
              <td role="cell" className="heads-wide">
                <div className="heads-cut">
                  <CutButton
                    layer={row.layer}
                    head={row.head}
                    name={`Cut layer ${row.layer}, head ${row.head}`}
                    size="compact-xs"
                    {...cutState}
                  />
                  <CutNumbers cut={cutOf(cuts, row)} />
                </div>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length > FEW && (
        <Button size="compact-sm" variant="subtle" aria-expanded={all} onClick={() => setAll(!all)}>
          {all ? `Show the first ${FEW} only` : `Show all ${rows.length} ${kind} heads`}
        </Button>
      )}
    </div>
  )
}
