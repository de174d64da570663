/** f16 on the host: what kernels store where a tensor holds f16, two values to a word. */

/** The bits of the f16 next to a number, ties to even; infinite beyond 65519. */
export function halfBits(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0
  const size = Math.abs(value)
  if (Number.isNaN(value)) return 0x7e00
  if (size >= 65520) return sign | 0x7c00
  // A step between neighbours: 2^-24 for the smallest.
  const exponent = Math.max(-14, Math.floor(Math.log2(Math.max(size, Number.MIN_VALUE))))
  const steps = size / 2 ** (exponent - 10)
  const below = Math.floor(steps)
  const rest = steps - below
  const whole = rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? below + 1 : below
  // A whole of 2048 carries into the exponent, as it should.
  return sign | ((exponent + 14) * 1024 + whole)
}

export function halfValue(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 31
  const digits = bits & 1023
  if (exponent === 31) return digits ? NaN : sign * Infinity
  return exponent === 0 ? sign * digits * 2 ** -24 : sign * (1024 + digits) * 2 ** (exponent - 25)
}

/** Values as words of memory. */
export function packHalves(values: ArrayLike<number>): Uint32Array<ArrayBuffer> {
  const words = new Uint32Array(Math.ceil(values.length / 2))
  for (let i = 0; i < values.length; i++) words[i >> 1] |= halfBits(values[i]) << (16 * (i & 1))
  return words
}

export const unpackHalves = (bytes: ArrayBuffer): Float64Array => Float64Array.from(new Uint16Array(bytes), halfValue)
