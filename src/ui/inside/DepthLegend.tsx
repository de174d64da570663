import type { DepthColour } from '../../store/depth-map.ts'
import { effectColour } from './depth-colour.ts'
import { COLOURED, natsSize, PARTS, SIZES } from './depth-figure.ts'
import { DepthMark } from './DepthMark.tsx'
import { useScheme } from '../maps/scheme.ts'

interface DepthLegendProps {
  side: number
  /** What the areas are, in words. */
  area: string
  /** The largest change of loss; null before any was measured. */
  reach: number | null
  colour: DepthColour
}

/** What area, colour and shape say. */
export function DepthLegend({ side, area, reach, colour }: DepthLegendProps) {
  const scheme = useScheme()
  const unknown = effectColour(null, 0, scheme)
  return (
    <ul className="depth-legend" aria-label="Legend of the depth map">
      <li>
        {SIZES.map((amount) => (
          <span key={amount} className="depth-size">
            <DepthMark mark={{ amount, chanceAmount: 0 }} side={side} fill={unknown} earlier />
            {100 * amount} %
          </span>
        ))}
        <span>
          <b>Area:</b> {area}.
        </span>
      </li>
      <li>
        {reach === null && <span className="depth-swatch" style={{ background: unknown }} />}
        {reach === 0 && <span className="depth-swatch" style={{ background: effectColour(0, 0, scheme) }} />}
        {reach !== null && reach > 0 && (
          <span className="depth-scale">
            <span>≤ −{natsSize(reach)}</span>
            <span className="depth-ramp">
              {PARTS.map((part) => (
                <span key={part} style={{ background: effectColour(part * reach, reach, scheme) }} />
              ))}
            </span>
            <span>≥ +{natsSize(reach)} nats</span>
          </span>
        )}
        <span>
          <b>Colour:</b>{' '}
          {reach === null
            ? `grey until each ${colour === 'head' ? 'head is taken away' : 'source is closed'} in turn, to see what becomes of the loss.`
            : `change of the held-out loss with ${COLOURED[colour]}; ${reach > 0 ? 'the middle is' : 'here'} no change that can be told from none.${colour === 'source' ? ' Grey: the head has no other source.' : ''}`}
        </span>
      </li>
      <li>
        <DepthMark mark={{ amount: 0.8, chanceAmount: 0.5 }} side={side} fill={unknown} earlier />
        <span>
          <b>Circle:</b> a head with a choice; measured. The dotted ring is chance, if it weighed all it can read alike.
        </span>
      </li>
      <li>
        <DepthMark mark={{ amount: 0.8, chanceAmount: null }} side={side} fill={unknown} earlier />
        <span>
          <b>Dashed square:</b> the head can read no other layer, by design; no finding.
        </span>
      </li>
      <li>
        <span className="depth-swatch own" />
        <span>
          <b>Shaded and paler:</b> its own layer, as ordinary heads read. All to the left is read from an earlier layer.
        </span>
      </li>
    </ul>
  )
}
