/** Kernels that load four words at a time where rows begin at multiples of four, and one where they do not: what is put in front of their text. */

/** Words of a chunk. */
export const chunkWords = (words: number): number => (words % 4 === 0 ? 4 : 1)

/** `words`: every row's length, and every offset, is a multiple of it. */
export const chunkPrelude = (words: number): string =>
  chunkWords(words) === 4
    ? 'alias Chunk = vec4f; const WIDTH = 4u; fn total(c: Chunk) -> f32 { return c.x + c.y + c.z + c.w; }'
    : 'alias Chunk = f32; const WIDTH = 1u; fn total(c: Chunk) -> f32 { return c; }'
