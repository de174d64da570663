import { depthName, type LensAnswer } from '../../store/lens-words.ts'
import { Explained } from '../Explained.tsx'
import { bandOf, percentText } from '../text/probability.ts'

interface LensDepthsProps {
  answer: LensAnswer
  /** Something else is being asked. */
  busy: boolean
  onFollow: (token: number) => void
}

/** The prediction after every sublayer, from the embedding to the model's own. */
export function LensDepths({ answer, busy, onFollow }: LensDepthsProps) {
  const { depths, label, token } = answer
  return (
    <div className="inside-scroll" role="region" aria-label="Prediction by depth, table" tabIndex={0}>
      <table className="inside-table inside-left" aria-label="Prediction by depth">
        <thead>
          <tr>
            <th scope="col">
              <Explained more="The stream at the last token, at this depth, goes through the final norm and the output matrix, as its end does: the logit lens (nostalgebraist 2020). A model is not trained for it: early rows say little.">
                Read out after
              </Explained>
            </th>
            <th scope="col">“{label}” there</th>
            <th scope="col">Rank</th>
            <th scope="col">Likeliest there</th>
          </tr>
        </thead>
        <tbody>
          {depths.map((depth, i) => (
            <tr key={`${depth.after} ${depth.layer}`}>
              <th scope="row">
                {depthName(depth)}
                {i === depths.length - 1 && <span className="inside-soft"> (the end)</span>}
              </th>
              <td>
                <span className="lens-track">
                  <span className="inside-bar" style={{ width: `${100 * depth.probability}%` }} />
                </span>{' '}
                <data value={depth.probability}>{percentText(depth.probability)}</data>
              </td>
              <td>{depth.rank}</td>
              <td>
                <span className="lens-chips">
                  {depth.top.map((one) => (
                    <button
                      key={one.id}
                      type="button"
                      className={`lens-chip text-band-${bandOf(one.probability)}${one.id === token ? ' followed' : ''}`}
                      aria-pressed={one.id === token}
                      aria-label={`Follow “${one.label}”, ${percentText(one.probability)}`}
                      aria-disabled={busy}
                      onClick={() => !busy && one.id !== token && onFollow(one.id)}
                    >
                      <code>{one.label}</code> {percentText(one.probability)}
                    </button>
                  ))}
                </span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
