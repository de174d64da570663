import { useState } from 'react'
import type { Snapshot } from '../../io/recording.ts'
import { LAB_COLUMNS, sortedRows, type LabRow } from '../../store/lab-rows.ts'
import { headSeries } from '../../store/reads-back.ts'
import { headName } from '../../store/reads-back-words.ts'
import { Explained } from '../Explained.tsx'
import { Sparkline } from '../heads/Sparkline.tsx'

interface HeadTableProps {
  title: string
  rows: LabRow[]
  /** The moments of the run, for what a head did through training. */
  snapshots: readonly Snapshot[]
}

interface Order {
  key: string
  ascending: boolean
}

/** The heads of one kind, a row each, in the order of any column. */
export function HeadTable({ title, rows, snapshots }: HeadTableProps) {
  const [order, setOrder] = useState<Order | null>(null)
  const column = LAB_COLUMNS.find(({ key }) => key === order?.key)
  const sorted = order && column ? sortedRows(rows, column, order.ascending) : rows
  const sort = (key: string) => setOrder((now) => ({ key, ascending: now?.key === key ? !now.ascending : false }))
  return (
    <div className="inside-scroll" role="region" aria-label={`${title}, table`} tabIndex={0}>
      <table className="inside-table" aria-label={title}>
        <thead>
          <tr>
            <th scope="col">Head</th>
            {LAB_COLUMNS.map(({ key, title: name, more }) => (
              <th key={key} scope="col" aria-sort={order?.key === key ? (order.ascending ? 'ascending' : 'descending') : undefined}>
                <span className="inside-heading">
                  <Explained more={more}>{name}</Explained>
                  <button
                    type="button"
                    className="inside-sort"
                    aria-label={`Sort ${title.toLowerCase()} by ${name.toLowerCase()}`}
                    onClick={() => sort(key)}
                  >
                    {order?.key === key ? (order.ascending ? '▲' : '▼') : '⇅'}
                  </button>
                </span>
              </th>
            ))}
            <th scope="col">
              <Explained more="What its kind is told by, at every moment that was kept: attention to earlier layers, or of a wired head its output share. From 0 to 1; the dotted line is chance.">
                Through training
              </Explained>
            </th>
          </tr>
        </thead>
        <tbody>
          {sorted.map((row) => (
            <tr key={`${row.layer}.${row.head}`}>
              <th scope="row">{headName(row)}</th>
              {LAB_COLUMNS.map(({ key, value, text }) => {
                const found = value(row)
                return <td key={key}>{found === null ? '–' : text(found, row)}</td>
              })}
              <td>
                <Sparkline series={headSeries(snapshots, row)} chance={row.chance} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
