import type { HeadRow } from '../../store/reads-back.ts'
import { percent } from '../../store/reads-back-words.ts'
import { shortSources } from './short-sources.ts'

/** One head as a square. A measured one is filled from below to the part it pays to earlier layers, with a line at chance. */
export function HeadSquare({ row }: { row: HeadRow }) {
  if (row.kind === 'own')
    return (
      <span className="heads-square own">
        <span className="heads-square-text">own</span>
      </span>
    )

  if (row.kind === 'wired') {
    return (
      <span className="heads-square wired">
        <b>{shortSources(row)}</b>
        <small className="heads-square-text">by design</small>
      </span>
    )
  }
  return (
    <span className="heads-square measured" data-value={row.earlier}>
      <span className="heads-fill" style={{ height: `${100 * row.earlier}%` }} />
      <span className="heads-chance" style={{ bottom: `${100 * row.chance}%` }} />
      <b className="heads-square-text">{percent(row.earlier)}</b>
    </span>
  )
}
