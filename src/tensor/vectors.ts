/**
 * Kernels that read rows four numbers at a time where the width allows it: they are written over V, a number or a vector of four, and what depends on the width is
 * put in front of them.
 */

/** Numbers in a V. */
export const vectorWidth = (columns: number): 1 | 4 => (columns % 4 === 0 ? 4 : 1)

/** V, and the sum of its parts. */
export const vectorPrelude = (width: 1 | 4): string =>
  width === 4
    ? 'alias V = vec4f;\nfn across(v: V) -> f32 { return (v.x + v.y) + (v.z + v.w); }\n'
    : 'alias V = f32;\nfn across(v: V) -> f32 { return v; }\n'

/** Invocations that share `steps` values, a power of two from `least` to 256: as few as leave each at most `most`. */
export function lanesFor(steps: number, most: number, least: number): number {
  let lanes = least
  while (lanes < 256 && Math.ceil(steps / lanes) > most) lanes *= 2
  return lanes
}
