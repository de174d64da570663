import type { CSSProperties } from 'react'
import type { ShownMaps } from '../../store/reads-back.ts'
import { useGridKeys } from '../heads/grid-keys.ts'
import { HeatMap } from './HeatMap.tsx'
import { useScheme } from './scheme.ts'

interface MapGridProps {
  maps: ShownMaps
  /** What stands between two tokens. */
  between: string
  onSelect: (layer: number, head: number) => void
}

/** All heads of all layers, the top layer first: text enters the model at the bottom. */
export function MapGrid({ maps, between, onSelect }: MapGridProps) {
  const scheme = useScheme()
  const { reads, patterns, labels } = maps
  const heads = reads[0].map((_, head) => head)
  const layers = reads.map((_, layer) => layer).reverse()
  const keys = useGridKeys(layers.length, heads.length)
  const columns = Math.max(...reads.map((row) => row.reduce((slots, head) => slots + head.length, 0)))
  const style: CSSProperties & Record<'--columns' | '--heads', number> = { '--columns': columns, '--heads': heads.length }
  return (
    <div className="maps-scroll" tabIndex={0} role="group" aria-label="Attention maps">
      <table className="maps-grid" style={style} onKeyDown={keys.onKeyDown}>
        <tbody>
          {layers.map((layer) => (
            <tr key={layer}>
              <th scope="row">
                <span>Layer {layer}</span>
              </th>
              {heads.map((head) => (
                <td key={head} style={{ '--slots': reads[layer][head].length } as CSSProperties}>
                  <button
                    type="button"
                    className="maps-open"
                    aria-label={`Head ${head} of layer ${layer}: show large`}
                    {...keys.button(layer, head)}
                    onClick={() => onSelect(layer, head)}
                  >
                    Head {head}
                  </button>
                  <div className="maps-open-area" onClick={() => onSelect(layer, head)}>
                    <HeatMap
                      layer={layer}
                      head={head}
                      pattern={patterns[layer][head]}
                      labels={labels}
                      slots={reads[layer][head]}
                      scheme={scheme}
                      between={between}
                      withRows={head === 0}
                    />
                  </div>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
