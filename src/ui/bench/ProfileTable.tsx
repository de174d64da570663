import { useState } from 'react'
import { figureText, percentText } from '../../store/bench-text.ts'
import { orderedBy, type KernelKey } from '../../store/profile-order.ts'
import type { KernelTime } from '../../worker/protocol.ts'

interface Column {
  key: KernelKey
  title: string
  /** What it tells, shown when the pointer rests on it. */
  what: string
  text: (of: KernelTime) => string
}

const COLUMNS: Column[] = [
  { key: 'launches', title: 'Launches', what: 'Dispatches of this kind in a step', text: (k) => figureText(k.launches) },
  { key: 'ms', title: 'µs each', what: 'Microseconds of one', text: (k) => figureText(1000 * k.ms) },
  { key: 'total_ms', title: 'ms', what: 'Milliseconds of all', text: (k) => figureText(k.total_ms) },
  { key: 'share', title: 'Share', what: 'Of the sum over all kernels', text: (k) => percentText(k.share) },
  { key: 'tflops', title: 'TFLOP/s', what: 'Arithmetic done a second', text: (k) => figureText(k.tflops) },
  { key: 'gb_per_s', title: 'GB/s', what: 'Bytes moved a second, each counted once', text: (k) => figureText(k.gb_per_s) },
  {
    key: 'bound',
    title: 'Limit',
    what: 'What one cannot be faster than: its operations, its bytes, or being a launch',
    text: (k) => k.bound,
  },
  { key: 'of_ceiling', title: 'Of limit', what: '100 % is as fast as this machine can', text: (k) => percentText(k.of_ceiling) },
]

const SORTED = { true: 'descending', false: 'ascending' } as const

/** Every kind of launch with its figures; a heading sorts by its column, and once more the other way round. */
export function ProfileTable({ shape, kernels }: { shape: string; kernels: KernelTime[] }) {
  const [by, setBy] = useState<{ key: KernelKey; descending: boolean }>({ key: 'share', descending: true })
  const sort = (key: KernelKey) =>
    setBy((now) => ({ key, descending: now.key === key ? !now.descending : key !== 'kernel' && key !== 'bound' }))
  const heading = ({ key, title, what }: Pick<Column, 'key' | 'title' | 'what'>) => (
    <th key={key} scope="col" aria-sort={by.key === key ? SORTED[`${by.descending}`] : 'none'}>
      <button type="button" className="bench-sort" title={what} onClick={() => sort(key)}>
        {title}
        <span aria-hidden>{by.key === key ? (by.descending ? ' ▼' : ' ▲') : ''}</span>
      </button>
    </th>
  )
  return (
    <div className="bench-scroll" tabIndex={0} role="region" aria-label={`Kernels of a step of ${shape}`}>
      <table className="bench-table">
        <thead>
          <tr>
            {heading({ key: 'kernel', title: 'Kernel', what: 'File and entry point of the shader' })}
            {COLUMNS.map(heading)}
            <th scope="col" className="bench-size">
              Size
            </th>
          </tr>
        </thead>
        <tbody>
          {orderedBy(kernels, by.key, by.descending).map((kernel) => (
            <tr key={`${kernel.kernel} ${kernel.shape}`}>
              <th scope="row">{kernel.kernel}</th>
              {COLUMNS.map(({ key, text }) => (
                <td key={key}>{text(kernel)}</td>
              ))}
              <td className="bench-size">{kernel.shape}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
