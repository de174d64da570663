import type { HeadKind } from '../../model/wiring.ts'

/** The kind of a head by shape and colour: a ring for its own layer, half filled for a choice, filled for earlier layers by design. */
export function KindMark({ kind }: { kind: HeadKind }) {
  return (
    <svg className={`wiring-mark wiring-${kind}`} viewBox="0 0 12 12" aria-hidden="true">
      <circle cx="6" cy="6" r="4.6" />
      {kind === 'measured' && <path d="M 6 1.4 A 4.6 4.6 0 0 0 6 10.6 Z" />}
    </svg>
  )
}
