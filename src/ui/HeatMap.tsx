import { useEffect, useRef } from 'react'
import type { Slot } from '../model/wiring.ts'
import { readsLabel } from '../store/patterns.ts'
import { paintPattern } from './heatmap.ts'

export interface HeatMapProps {
  layer: number
  head: number
  /** [T, slots·T], row by row. */
  pattern: Float32Array
  length: number
  slots: Slot[]
  /** The part of attention on earlier layers; null where the head has no choice. */
  earlier: number | null
}

/** One head's attention on a canvas of slots·T by T, one pixel a probability; the lines between the slots lie over it, not in it. */
export function HeatMap({ layer, head, pattern, length, slots, earlier }: HeatMapProps) {
  const canvas = useRef<HTMLCanvasElement>(null)
  const width = slots.length * length
  useEffect(() => {
    const context = canvas.current?.getContext('2d')
    if (!context) return
    const image = context.createImageData(width, length)
    paintPattern(pattern, image.data)
    context.putImageData(image, 0, 0)
  }, [pattern, width, length])
  return (
    <figure className="map" style={{ width: `calc(${slots.length} * var(--map-side))` }}>
      <div className="map-picture">
        <canvas ref={canvas} role="img" aria-label={`Attention of layer ${layer}, head ${head}`} width={width} height={length} />
        {slots.slice(1).map((_, s) => (
          <span key={s} className="map-split" style={{ left: `${(100 * (s + 1)) / slots.length}%` }} />
        ))}
      </div>
      <figcaption>
        {readsLabel(slots)}
        {earlier !== null && <span className="map-share">{(100 * earlier).toFixed(0)} % earlier</span>}
      </figcaption>
    </figure>
  )
}
