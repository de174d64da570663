import type { HeadRow } from '../../store/reads-back.ts'

/** What the squares mean, for the kinds that there are. */
export function SquaresLegend({ rows }: { rows: HeadRow[] }) {
  const kinds = new Set(rows.map((row) => row.kind))
  return (
    <div className="heads-legend">
      <p>
        <b>Each square is one attention head.</b> In an ordinary transformer a head reads the keys and values of its own layer. Here it may
        also read those that an earlier layer has made.
      </p>
      <ul>
        {kinds.has('measured') && (
          <li>
            <span className="heads-square measured" aria-hidden>
              <span className="heads-fill" style={{ height: '70%' }} />
              <span className="heads-chance" style={{ bottom: '50%' }} />
            </span>
            <span>
              <b>Filled:</b> the part of its attention paid to an earlier layer. <b>Line:</b> chance, if it weighed all it can read alike.
            </span>
          </li>
        )}
        {kinds.has('wired') && (
          <li>
            <span className="heads-square wired" aria-hidden>
              <b>↓</b>
            </span>
            <span>
              <b>Striped:</b> always reads an earlier layer, by design; the number is that layer’s.
            </span>
          </li>
        )}
        {kinds.has('own') && (
          <li>
            <span className="heads-square own" aria-hidden />
            <span>
              <b>Grey, “own”:</b> reads its own layer only, as ordinary heads do.
            </span>
          </li>
        )}
      </ul>
    </div>
  )
}
