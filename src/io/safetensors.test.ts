import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { parameterShapes, parseConfig } from '../model/config.ts'
import { readSafetensors, writeSafetensors } from './safetensors.ts'

const golden = fileURLToPath(new URL('../../e2e/golden/', import.meta.url))
const cases = readdirSync(golden, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name)

/** A file of any header text (or bytes) and body, however wrong. */
function file(header: string | Uint8Array, body: ArrayLike<number> = [], claimed?: bigint): Uint8Array {
  const head = typeof header === 'string' ? new TextEncoder().encode(header) : header
  const bytes = new Uint8Array(8 + head.length + body.length)
  new DataView(bytes.buffer).setBigUint64(0, claimed ?? BigInt(head.length), true)
  bytes.set(head, 8)
  bytes.set(body, 8 + head.length)
  return bytes
}

const entry = (dtype: string, shape: unknown, offsets: unknown) => ({ dtype, shape, data_offsets: offsets })
const fileOf = (header: unknown, body: ArrayLike<number> = []) => file(JSON.stringify(header), body)
const bytesOf = (data: ArrayBufferView) => new Uint8Array(data.buffer, data.byteOffset, data.byteLength)

/** One small tensor of the given type, read back. */
function readOne(dtype: string, shape: number[], body: ArrayLike<number>) {
  const tensor = readSafetensors(fileOf({ x: entry(dtype, shape, [0, body.length]) }, body), 'x.safetensors').tensors.get('x')
  if (!tensor) throw new Error('x is not there')
  return tensor
}

describe('reading', () => {
  test.each(cases)('the golden weights of %s: the parameters in order, and the same bytes when written again', (name) => {
    const bytes = new Uint8Array(readFileSync(`${golden}${name}/model.safetensors`))
    const { tensors, metadata } = readSafetensors(bytes, name)
    const config = parseConfig(JSON.parse(readFileSync(`${golden}${name}/config.json`, 'utf8')))
    expect([...tensors].map(([key, { shape }]) => [key, shape])).toEqual([...parameterShapes(config)])
    const written = writeSafetensors(
      [...tensors].map(([key, { shape, data }]) => {
        if (!(data instanceof Float32Array)) throw new Error(`${key} is not F32`)
        return [key, { shape, data }]
      }),
      metadata,
    )
    expect(Buffer.compare(written, bytes)).toBe(0)
  })

  test.each(cases)('the golden results of %s', (name) => {
    const { tensors } = readSafetensors(readFileSync(`${golden}${name}/golden.safetensors`), name)
    const loss = tensors.get('loss')
    expect(loss?.data.length).toBe(1)
    expect(loss?.data[0]).toBeGreaterThan(1)
    expect(loss?.data[0]).toBeLessThan(10)
  })

  test('there are golden cases', () => expect(cases).toHaveLength(5))

  test('F64, F32, I32, U8 as they are', () => {
    const f64 = Float64Array.of(Math.PI, -0, 5e-324)
    expect(readOne('F64', [3], bytesOf(f64)).data).toEqual(f64)
    const f32 = Float32Array.of(1.5, -3.25e-40, Infinity, NaN)
    expect(readOne('F32', [2, 2], bytesOf(f32)).data).toEqual(f32)
    const i32 = Int32Array.of(-1, 2147483647)
    expect(readOne('I32', [1, 2], bytesOf(i32)).data).toEqual(i32)
    expect(readOne('U8', [2], [0, 255]).data).toEqual(Uint8Array.of(0, 255))
  })

  test('F16 and BF16 become F32 exactly: normal, subnormal, signed zero, infinite, NaN', () => {
    const f16 = Uint16Array.of(0x3c00, 0xc000, 0x7bff, 0x0001, 0x03ff, 0x8000, 0x7c00, 0xfc00, 0x7e00, 0x3555)
    expect(readOne('F16', [10], bytesOf(f16)).data).toEqual(
      Float32Array.of(1, -2, 65504, 2 ** -24, 1023 * 2 ** -24, -0, Infinity, -Infinity, NaN, 0.333251953125),
    )
    const bf16 = Uint16Array.of(0x3f80, 0xc000, 0x8000, 0x7f80, 0x7fc0, 0x4049)
    expect(readOne('BF16', [6], bytesOf(bf16)).data).toEqual(Float32Array.of(1, -2, -0, Infinity, NaN, 3.140625))
  })

  test('I64 within 2^53 becomes numbers, beyond it an error', () => {
    const fits = BigInt64Array.of(-5n, 2n ** 53n - 1n, 1n - 2n ** 53n)
    expect(readOne('I64', [3], bytesOf(fits)).data).toEqual(Float64Array.of(-5, 2 ** 53 - 1, 1 - 2 ** 53))
    expect(() => readOne('I64', [2], bytesOf(BigInt64Array.of(0n, 2n ** 53n)))).toThrow(
      'x.safetensors: the tensor "x" holds 9007199254740992 at element 1, beyond 2^53. Save it as I32 or F64.',
    )
  })

  test('offsets that are not aligned, in a file that is not, in any order in the header', () => {
    const values = Float64Array.of(1.25, -7)
    const inner = fileOf({ b: entry('F64', [2], [3, 19]), a: entry('U8', [3], [0, 3]) }, [1, 2, 3, ...bytesOf(values)])
    for (const shift of [0, 1, 3, 7]) {
      const outer = Buffer.concat([new Uint8Array(shift), inner])
      const { tensors } = readSafetensors(outer.subarray(shift), 'x')
      expect([...tensors.keys()]).toEqual(['b', 'a'])
      expect(tensors.get('b')?.data).toEqual(values)
      outer.fill(0)
      expect(tensors.get('b')?.data, 'a copy').toEqual(values)
    }
  })

  test('names stay in the order of the file, odd ones too', () => {
    const header = '{"10":X,"2":X,"__proto__":X,"a\\"b\\u007d{":X}'.replaceAll('X', '{"dtype":"F32","shape":[0],"data_offsets":[0,0]}')
    expect([...readSafetensors(file(header), 'x').tensors.keys()]).toEqual(['10', '2', '__proto__', 'a"b}{'])
  })

  test('a scalar, a zero-size tensor, no tensor at all', () => {
    expect(readOne('F32', [], bytesOf(Float32Array.of(2.5)))).toEqual({ dtype: 'F32', shape: [], data: Float32Array.of(2.5) })
    expect(readOne('F32', [3, 0, 2], []).data).toEqual(new Float32Array(0))
    expect(readSafetensors(file('{}'), 'x')).toEqual({ tensors: new Map(), metadata: {} })
  })
})

describe('writing', () => {
  test('is read again: odd shapes, scalars, zero sizes, F64, views into larger buffers, names and metadata in other scripts', () => {
    const large = Float32Array.from({ length: 100 }, (_, i) => Math.sin(i))
    const tensors: [string, { shape: number[]; data: Float32Array | Float64Array }][] = [
      ['7', { shape: [3, 5, 1], data: large.subarray(11, 26) }],
      ['empty', { shape: [4, 0], data: new Float32Array(0) }],
      ['double', { shape: [1, 3], data: Float64Array.of(Math.E, -0, 1e300) }],
      ['0', { shape: [], data: Float32Array.of(7) }],
      ['gewicht "ß" 重み', { shape: [2], data: Float32Array.of(NaN, -Infinity) }],
    ]
    const bytes = writeSafetensors(tensors, { format: 'pt', note: 'é' })
    const read = readSafetensors(bytes, 'x')
    expect(read.metadata).toEqual({ format: 'pt', note: 'é' })
    expect([...read.tensors].map(([name, { shape, data }]) => [name, { shape, data }])).toEqual(tensors)
  })

  test('lays the file out as the format says', () => {
    const bytes = writeSafetensors([['w', { shape: [1], data: Float32Array.of(1) }]])
    const header = '{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}'
    expect(bytes).toEqual(file(header.padEnd(56), [0, 0, 0x80, 0x3f]))
    expect(writeSafetensors([])).toEqual(file('{}      '))
  })

  test('refuses what cannot be read again', () => {
    const one = { shape: [1], data: Float32Array.of(1) }
    const two = (name: string): [string, typeof one][] => [
      [name, one],
      [name, one],
    ]
    expect(() => writeSafetensors(two('w'))).toThrow('Two tensors are called "w". Rename one.')
    expect(() => writeSafetensors(two('__metadata__'))).toThrow('A tensor cannot be called __metadata__ in a safetensors file. Rename it.')
    expect(() => writeSafetensors([['w', { ...one, shape: [2, 3] }]])).toThrow(
      'The tensor "w" has the shape [2, 3] but 1 values. Give it the shape of its values.',
    )
  })
})

describe('a file that is cut off or lies is refused by one line', () => {
  const again = 'Copy or export the file again.'
  const f32 = (shape: unknown, offsets: unknown) => fileOf({ w: entry('F32', shape, offsets) }, new Uint8Array(8))
  const shared = { a: entry('F32', [2], [0, 8]), b: entry('F32', [1], [4, 8]) }
  const duplicate = '{"w":X,"w":X}'.replaceAll('X', '{"dtype":"F32","shape":[1],"data_offsets":[0,4]}')
  const refused: [string, Uint8Array, string][] = [
    ['no bytes', new Uint8Array(0), `w.st is 0 bytes long, too short for a safetensors file. ${again}`],
    ['seven bytes', new Uint8Array(7), `w.st is 7 bytes long, too short for a safetensors file. ${again}`],
    ['header beyond the file', file('{}', [], 3n), `w.st is cut off: its header is 3 bytes long and 2 are there. ${again}`],
    [
      'absurd header',
      file('{}', [], 2n ** 63n),
      'w.st says that its header is 9223372036854776000 bytes long, and 100 MB is the limit: it is not a safetensors file. Choose another.',
    ],
    [
      'header above 100 MB',
      file('{}', [], 100_000_001n),
      'w.st says that its header is 100000001 bytes long, and 100 MB is the limit: it is not a safetensors file. Choose another.',
    ],
    ['empty header', file(''), 'w.st: the header is not JSON: Unexpected end of JSON input. Correct the text or export the file again.'],
    [
      'not UTF-8',
      file(Uint8Array.of(0x7b, 0xff, 0x7d)),
      'w.st: the header is not text in UTF-8: the file is damaged or of another kind. Export it again.',
    ],
    ['not an object', file('[1]'), 'w.st: the header is not a JSON object: this is not a safetensors file. Choose another.'],
    ['null', file('null'), 'w.st: the header is not a JSON object: this is not a safetensors file. Choose another.'],
    ['metadata no object', fileOf({ __metadata__: ['a'] }), `w.st: the header: __metadata__ must be an object of texts. ${again}`],
    [
      'metadata no text',
      fileOf({ __metadata__: { a: 1 } }),
      `w.st: the header: __metadata__ must be an object of texts; "a" is not one. ${again}`,
    ],
    ['entry no object', fileOf({ w: 3 }), `w.st: the tensor "w" must have dtype, shape and data_offsets in the header. ${again}`],
    [
      'unknown dtype',
      fileOf({ w: entry('F8_E4M3', [8], [0, 8]) }, new Uint8Array(8)),
      'w.st: the tensor "w" has the dtype "F8_E4M3"; F64, F32, F16, BF16, I64, I32, U8 are read here. Save it as F32.',
    ],
    [
      'dtype of the prototype',
      fileOf({ w: entry('toString', [0], [0, 0]) }),
      'w.st: the tensor "w" has the dtype "toString"; F64, F32, F16, BF16, I64, I32, U8 are read here. Save it as F32.',
    ],
    ['negative shape', f32([-2], [0, 8]), `w.st: the tensor "w" has a shape that is not a list of whole numbers from 0 up. ${again}`],
    ['fractional shape', f32([0.5, 4], [0, 8]), `w.st: the tensor "w" has a shape that is not a list of whole numbers from 0 up. ${again}`],
    ['text as shape', f32('2', [0, 8]), `w.st: the tensor "w" has a shape that is not a list of whole numbers from 0 up. ${again}`],
    ['one offset', f32([2], [8]), `w.st: the tensor "w" has data_offsets that are not two whole numbers from 0 up. ${again}`],
    ['negative offset', f32([2], [-8, 0]), `w.st: the tensor "w" has data_offsets that are not two whole numbers from 0 up. ${again}`],
    [
      'no offsets',
      fileOf({ w: { dtype: 'F32', shape: [0] } }),
      `w.st: the tensor "w" has data_offsets that are not two whole numbers from 0 up. ${again}`,
    ],
    ['begin after end', f32([2], [8, 0]), `w.st: the tensor "w" begins at byte 8, after its end at byte 0. ${again}`],
    ['shape and bytes differ', f32([3], [0, 8]), `w.st: the tensor "w" has 8 bytes, but its shape [3] of F32 needs 12. ${again}`],
    [
      'a product beyond any number',
      f32(new Array(40).fill(2 ** 52), [0, 8]),
      `w.st: the tensor "w" has 8 bytes, but its shape [${new Array(8).fill(2 ** 52).join(', ')}] of F32 needs Infinity. ${again}`,
    ],
    [
      'offsets out of range',
      f32([2 ** 40], [0, 2 ** 42]),
      `w.st: the tensor "w" ends at byte 4398046511104, and 8 are there: the file is cut off. ${again}`,
    ],
    ['shared bytes', fileOf(shared, new Uint8Array(8)), `w.st: the tensor "b" shares bytes with "a". ${again}`],
    ['a gap', f32([1], [4, 8]), `w.st: the tensor "w" begins at byte 4, which leaves a gap from byte 0. ${again}`],
    ['trailing bytes', f32([1], [0, 4]), `w.st has 4 bytes after its last tensor, which belong to none. ${again}`],
    ['a name twice', file(duplicate, new Uint8Array(4)), `w.st: the header lists "w" twice. ${again}`],
    [
      'a field twice',
      file('{"w":{"dtype":"F32","shape":[9],"shape" : [1],"data_offsets":[0,4]}}', new Uint8Array(4)),
      `w.st: the header lists "shape" twice. ${again}`,
    ],
  ]
  test.each(refused)('%s', (_, bytes, message) => {
    expect(() => readSafetensors(bytes, 'w.st')).toThrow(new Error(message))
  })

  test('a header nested without end', () => {
    expect(() => readSafetensors(file('['.repeat(200_000)), 'w.st')).toThrow(/^w\.st: the header is not JSON: .*$/)
  })

  test('500 random cuts and byte flips of a golden header: read, or refused by our own line', () => {
    const bytes = new Uint8Array(readFileSync(`${golden}standard/model.safetensors`))
    const headerEnd = 8 + new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true)
    let state = 12345
    const random = (below: number) => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0
      return Math.floor((state / 2 ** 32) * below)
    }
    let refusals = 0
    for (let round = 0; round < 500; round++) {
      const broken = bytes.slice(0, round % 2 === 0 ? random(bytes.length) : bytes.length)
      for (let flips = random(4); flips >= 0 && broken.length > 0; flips--)
        broken[random(Math.min(headerEnd, broken.length))] ^= 1 << random(8)
      try {
        readSafetensors(broken, 'w.st')
      } catch (error) {
        refusals++
        expect(error).toBeInstanceOf(Error)
        expect(Object.getPrototypeOf(error), String(error)).toBe(Error.prototype)
        expect(String(error)).toMatch(/^Error: w\.st(:| is| says| has) [^\n]+\.$/)
      }
    }
    expect(refusals).toBeGreaterThan(400)
  }, 20_000)
})
