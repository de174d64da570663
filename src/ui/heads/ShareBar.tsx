/** A part of the whole as a bar beside its chance mark. The numbers stand beside it. */
export function ShareBar({ part, chance, kind }: { part: number; chance: number; kind: 'measured' | 'wired' }) {
  return (
    <span className={`heads-bar ${kind}`} aria-hidden>
      <span className="heads-bar-fill" style={{ width: `${100 * part}%` }} />
      <span className="heads-bar-chance" style={{ left: `${100 * chance}%` }} />
    </span>
  )
}
