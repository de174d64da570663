import type { CSSProperties } from 'react'
import type { MapsView } from '../store/session-view.ts'
import { HeatMap } from './HeatMap.tsx'

/** All heads of all layers, the top layer first: text enters the model at the bottom. */
export function MapGrid({ maps }: { maps: MapsView }) {
  const columns = Math.max(...maps.reads.map((heads) => heads.reduce((slots, head) => slots + head.length, 0)))
  const heads = maps.reads[0].map((_, head) => head)
  const layers = maps.reads.map((_, layer) => layer).reverse()
  const style: CSSProperties & Record<'--columns' | '--heads', number> = { '--columns': columns, '--heads': heads.length }
  return (
    <div className="map-scroll" tabIndex={0} role="group" aria-label="Attention maps">
      <table className="map-grid" style={style}>
        <thead>
          <tr>
            <td />
            {heads.map((head) => (
              <th key={head} scope="col">
                Head {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {layers.map((layer) => (
            <tr key={layer}>
              <th scope="row">Layer {layer}</th>
              {heads.map((head) => (
                <td key={head}>
                  <HeatMap
                    layer={layer}
                    head={head}
                    pattern={maps.patterns[layer][head]}
                    length={maps.length}
                    slots={maps.reads[layer][head]}
                    earlier={maps.earlier[layer][head]}
                  />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
