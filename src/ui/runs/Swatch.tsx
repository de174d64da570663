/** How a run is drawn in the curves: `dash` is an SVG dash array, empty for a whole line. */
export interface RunStyle {
  colour: string
  dash: string
}

/** A piece of the run's line; grey where it is not drawn. */
export function Swatch({ style }: { style: RunStyle | null }) {
  return (
    <svg className="runs-swatch" width="32" height="10" aria-hidden>
      <line x1="1" y1="5" x2="31" y2="5" stroke={style?.colour ?? 'var(--grid)'} strokeDasharray={style?.dash} strokeWidth="3" />
    </svg>
  )
}
