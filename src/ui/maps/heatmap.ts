/** Attention probabilities as pixels, one pixel a probability. */
import { entryOf } from '../../io/recording.ts'
import type { Pattern } from '../../store/patterns.ts'

/** Whether the page is light or dark. */
export type Scheme = 'light' | 'dark'

const ENTRIES = 256

const encode = (linear: number): number => Math.round(255 * (linear <= 0.0031308 ? 12.92 * linear : 1.055 * linear ** (1 / 2.4) - 0.055))

/** OKLab with a = 0 to sRGB bytes; the matrices are those of https://bottosson.github.io/posts/oklab/. */
function blueYellow(lightness: number, b: number): [red: number, green: number, blue: number] {
  const l = (lightness + 0.2158037573 * b) ** 3
  const m = (lightness - 0.0638541728 * b) ** 3
  const s = (lightness - 1.291485548 * b) ** 3
  return [
    encode(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
    encode(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
    encode(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s),
  ]
}

const scale = (colour: (t: number) => [number, number, number]): Uint8Array =>
  Uint8Array.from(Array.from({ length: ENTRIES }, (_, i) => colour(i / (ENTRIES - 1))).flat())

/**
 * The colour scales: 256 colours each, [red, green, blue] bytes entry after entry, from the page's ground to its opposite, so that no attention recedes on either.
 * Entry i, with t = i/255, is in OKLab with a = 0:
 * light: L = 0.985 - 0.8·t, b = -0.14·sin(πt): near-white over blue to near-black;
 * dark: L = 0.16 + 0.82·t, b = -0.13·sin(2πt): near-black over blue and yellow to near-white.
 * Lightness changes evenly, and hue moves along the blue-yellow axis alone, which people with red-green colour blindness tell apart too. No two entries of a scale
 * are equal, so a pixel can be turned back into its entry.
 */
export const SCALES: Record<Scheme, Uint8Array> = {
  light: scale((t) => blueYellow(0.985 - 0.8 * t, -0.14 * Math.sin(Math.PI * t))),
  dark: scale((t) => blueYellow(0.16 + 0.82 * t, -0.13 * Math.sin(2 * Math.PI * t))),
}

const entryColour = (entry: number, scheme: Scheme): [red: number, green: number, blue: number] => {
  const [red, green, blue] = SCALES[scheme].subarray(3 * entry)
  return [red, green, blue]
}

/** The colour of a probability as [red, green, blue] bytes. */
export const colourOf = (p: number, scheme: Scheme): [red: number, green: number, blue: number] => entryColour(entryOf(p), scheme)

/** The entry's colour as "#rrggbb". */
export const entryHex = (entry: number, scheme: Scheme): string =>
  `#${entryColour(entry, scheme)
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('')}`

/** A scale as whole opaque pixels, in the byte order of this machine. */
const pixelsOf = (scheme: Scheme): Uint32Array =>
  new Uint32Array(Uint8Array.from(Array.from({ length: ENTRIES }, (_, i) => [...entryColour(i, scheme), 255]).flat()).buffer)

const PIXELS: Record<Scheme, Uint32Array> = { light: pixelsOf('light'), dark: pixelsOf('dark') }

/**
 * Writes one opaque RGBA pixel per probability, in the pattern's own order: [T, slots·T] row by row is an image of T rows. A byte is its own entry.
 * A NaN stays a transparent pixel. Throws unless `out` holds 4 bytes per probability.
 */
export function paintPattern(pattern: Pattern, out: Uint8ClampedArray, scheme: Scheme): void {
  if (out.length !== 4 * pattern.length)
    throw new Error(`A pattern of ${pattern.length} needs ${4 * pattern.length} bytes of pixels, not ${out.length}.`)
  const pixels = new Uint32Array(out.buffer, out.byteOffset, pattern.length)
  const colours = PIXELS[scheme]
  if (pattern instanceof Uint8Array) {
    for (let i = 0; i < pattern.length; i++) pixels[i] = colours[pattern[i]]
    return
  }
  const none = colours[0]
  for (let i = 0; i < pattern.length; i++) {
    const p = pattern[i]
    // A large grid has millions of pixels, more than half of them masked: the common cases go without the guards of entryOf.
    if (p === 0) pixels[i] = none
    else if (p > 0 && p <= 1) pixels[i] = colours[((ENTRIES - 1) * Math.sqrt(p) + 0.5) | 0]
    else pixels[i] = colours[entryOf(p)]
  }
}
