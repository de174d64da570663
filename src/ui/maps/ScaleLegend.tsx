import { colourOf } from './heatmap.ts'
import { useScheme } from './scheme.ts'

const STOPS = Array.from({ length: 33 }, (_, i) => i / 32)
const TICKS = [0, 0.05, 0.25, 0.5, 1]

/** The colours of the maps; places along it grow with the root of the probability, as the colours do. */
export function ScaleLegend() {
  const scheme = useScheme()
  const gradient = `linear-gradient(to right, ${STOPS.map((t) => `rgb(${colourOf(t * t, scheme).join(' ')})`).join(', ')})`
  return (
    <div className="maps-scale">
      <div className="maps-scale-title">Share of a token’s attention</div>
      <div className="maps-scale-bar" style={{ background: gradient }} />
      <div className="maps-scale-ticks">
        {TICKS.map((p) => (
          <span key={p} style={{ left: `${100 * Math.sqrt(p)}%` }}>
            {100 * p} %
          </span>
        ))}
      </div>
    </div>
  )
}
