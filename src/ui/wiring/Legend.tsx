import type { HeadKind } from '../../model/wiring.ts'
import { KindMark } from './KindMark.tsx'
import { KINDS } from './labels.ts'

const ORDER: HeadKind[] = ['own', 'measured', 'wired']

/** What the signs of the grid and the arcs mean. */
export function Legend() {
  return (
    <div className="wiring-legend">
      <ul>
        {ORDER.map((kind) => (
          <li key={kind}>
            <KindMark kind={kind} /> <strong>{KINDS[kind].title}</strong>: {KINDS[kind].short}
          </li>
        ))}
      </ul>
      <p>
        A cell lists the layers its head reads: “3 2” both, “3–0” every one from 3 to 0, “4 +2” layer 4 and two more sources, “3/0” keys
        from 3 and values from 0. Text enters at layer 0, at the bottom. An arc leads down from a layer to one it reads: thicker for more
        heads, dashed where it is keys or values alone. A hollow dot is a layer that nobody reads.
      </p>
    </div>
  )
}
