/** Fewer points for a curve that looks the same. */

export interface Series {
  x: number[]
  y: number[]
}

/**
 * At most `most` (4 or more) points of a series with ascending x: the first, the last, and of every stretch between them its lowest and its highest y, in order,
 * so that spikes stay. Points whose y is not finite are left out. A series that is short enough comes back whole.
 */
export function thin(x: readonly number[], y: readonly number[], most = 600): Series {
  const finite: number[] = []
  for (let i = 0; i < x.length; i++) if (Number.isFinite(y[i])) finite.push(i)
  const keep = finite.length <= most ? finite : extremes(finite, y, most)
  return { x: keep.map((i) => x[i]), y: keep.map((i) => y[i]) }
}

function extremes(indices: number[], y: readonly number[], most: number): number[] {
  const inner = indices.length - 2
  const stretches = Math.floor((most - 2) / 2)
  const kept = [indices[0]]
  for (let s = 0; s < stretches; s++) {
    const from = 1 + Math.floor((s * inner) / stretches)
    const to = 1 + Math.floor(((s + 1) * inner) / stretches)
    let low = indices[from]
    let high = low
    for (let j = from; j < to; j++) {
      const i = indices[j]
      if (y[i] < y[low]) low = i
      if (y[i] > y[high]) high = i
    }
    kept.push(Math.min(low, high))
    if (low !== high) kept.push(Math.max(low, high))
  }
  kept.push(indices[indices.length - 1])
  return kept
}
