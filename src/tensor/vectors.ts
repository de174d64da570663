/**
 * Kernels that read rows four numbers at a time where the width allows it: they are written over V, a number or a vector of four, and what depends on the width is
 * put in front of them.
 */

/** Numbers in a V. */
export const vectorWidth = (columns: number): 1 | 4 => (columns % 4 === 0 ? 4 : 1)

/** V and WIDTH, the numbers in one; the sum of its parts, the largest of them and the first place where that stands; one part; and a V that is 1 at one place. */
export const vectorPrelude = (width: 1 | 4): string => (width === 4 ? FOUR : ONE)

const FOUR = `alias V = vec4f;
const WIDTH = 4u;
fn across(v: V) -> f32 { return (v.x + v.y) + (v.z + v.w); }
fn largest(v: V) -> f32 { return max(max(v.x, v.y), max(v.z, v.w)); }
fn place_of(v: V, most: f32) -> u32 { return select(select(select(3u, 2u, v.z == most), 1u, v.y == most), 0u, v.x == most); }
fn element(v: V, place: u32) -> f32 { return select(select(v.x, v.y, place == 1u), select(v.z, v.w, place == 3u), place > 1u); }
fn one_at(first: u32, place: u32) -> V { return select(V(), V(1.0), vec4u(first) + vec4u(0u, 1u, 2u, 3u) == vec4u(place)); }
`

const ONE = `alias V = f32;
const WIDTH = 1u;
fn across(v: V) -> f32 { return v; }
fn largest(v: V) -> f32 { return v; }
fn place_of(v: V, most: f32) -> u32 { return 0u; }
fn element(v: V, place: u32) -> f32 { return v; }
fn one_at(first: u32, place: u32) -> V { return select(0.0, 1.0, first == place); }
`

/** For shaders with random.wgsl: the dropout masks of the numbers of a V whose first has a given index. */
export const masksText = (width: 1 | 4): string =>
  width === 4
    ? `fn masks(keys: vec2u, first: u32, threshold: u32, kept: f32) -> V {
  return V(dropout_scale(keys, first, threshold, kept), dropout_scale(keys, first + 1u, threshold, kept), dropout_scale(keys, first + 2u, threshold, kept), dropout_scale(keys, first + 3u, threshold, kept));
}
`
    : 'fn masks(keys: vec2u, first: u32, threshold: u32, kept: f32) -> V { return dropout_scale(keys, first, threshold, kept); }\n'

/** Invocations that share `steps` values, a power of two from `least` to 256: as few as leave each at most `most`. */
export function lanesFor(steps: number, most: number, least: number): number {
  let lanes = least
  while (lanes < 256 && Math.ceil(steps / lanes) > most) lanes *= 2
  return lanes
}
