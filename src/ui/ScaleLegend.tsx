import { Text } from '@mantine/core'
import { colourOf } from './heatmap.ts'

const STOPS = Array.from({ length: 33 }, (_, i) => i / 32)
const GRADIENT = `linear-gradient(to right, ${STOPS.map((t) => `rgb(${colourOf(t * t).join(' ')})`).join(', ')})`
const TICKS = [0, 0.01, 0.1, 0.25, 0.5, 1]

/** The colours of the maps; places along it grow with the root of the probability, as the colours do. */
export function ScaleLegend() {
  return (
    <div className="scale">
      <Text size="xs">Probability</Text>
      <div className="scale-bar" style={{ background: GRADIENT }} />
      <div className="scale-ticks">
        {TICKS.map((p) => (
          <span key={p} style={{ left: `${100 * Math.sqrt(p)}%` }}>
            {p}
          </span>
        ))}
      </div>
    </div>
  )
}
