import { unzipSync, zipSync } from 'fflate'
import { describe, expect, test } from 'vitest'
import { unzipFolder, zipFolder } from './zip.ts'

const text = (value: string) => new TextEncoder().encode(value)
const config = text('{"n_layers": 2}')
const weights = Uint8Array.from({ length: 5000 }, (_, i) => (i * i) & 255)
const files = new Map([
  ['config.json', config],
  ['model.safetensors', weights],
  ['tokenizer.json', text('"a" '.repeat(1000))],
])

const CENTRAL = [0x50, 0x4b, 1, 2]

/** Where the n-th record of the list of files begins. */
function centralRecord(zip: Uint8Array, n = 0): number {
  let at = -1
  do at = Buffer.from(zip).indexOf(Uint8Array.from(CENTRAL), at + 1)
  while (n-- > 0)
  return at
}

/** A zip with a number of its list of files, 2 or 4 bytes wide, changed. */
function patched(zip: Uint8Array, offset: number, value: number, width: 2 | 4 = 4): Uint8Array {
  const copy = zip.slice()
  const view = new DataView(copy.buffer)
  const at = offset < 0 ? copy.length + offset : centralRecord(copy) + offset
  if (width === 2) view.setUint16(at, value, true)
  else view.setUint32(at, value, true)
  return copy
}

describe('a zipped model folder', () => {
  test('is unpacked as it was packed', () => {
    const zip = zipFolder('skip run 1', files)
    expect(unzipFolder(zip, 'z')).toEqual(files)
    expect(unzipFolder(Buffer.concat([text('xyz'), zip]).subarray(3), 'z')).toEqual(files)
  })

  test('is a zip to others: one top folder, weights stored, the rest deflated', () => {
    const seen: [string, number][] = []
    const unpacked = unzipSync(zipFolder('m', files), { filter: ({ name, compression }) => seen.push([name, compression]) > 0 })
    expect(seen).toEqual([
      ['m/config.json', 8],
      ['m/model.safetensors', 0],
      ['m/tokenizer.json', 8],
    ])
    expect(unpacked['m/model.safetensors']).toEqual(weights)
  })

  test('of other programs: files at the top, a folder entry, a comment, hidden files, deflated weights, an empty file', () => {
    expect(unzipFolder(zipSync({ 'config.json': config, 'sub/config.json': text('no'), 'x/model.safetensors': weights }), 'z')).toEqual(
      new Map([['config.json', config]]),
    )
    const zip = zipSync({
      'm/': new Uint8Array(0),
      'm/.DS_Store': weights,
      'm/config.json': config,
      'm/model.safetensors': weights,
      'm/empty': new Uint8Array(0),
      'm/deeper/config.json': text('no'),
      '.hidden/config.json': text('no'),
      '__MACOSX/m/._config.json': text('no'),
      '__MACOSX/config.json': text('no'),
    })
    const commented = Buffer.concat([patched(zip, -2, 5, 2), text('hello')])
    for (const form of [zip, commented])
      expect(unzipFolder(form, 'z')).toEqual(
        new Map([
          ['config.json', config],
          ['model.safetensors', weights],
          ['empty', new Uint8Array(0)],
        ]),
      )
  })

  test('takes no folder or file name that leads elsewhere', () => {
    for (const name of ['', '..', '.m', 'a/b', 'a\\b'])
      expect(() => zipFolder(name, files)).toThrow(
        `A folder in a zip cannot be called ${JSON.stringify(name)}. Choose a name without slashes that does not start with a dot.`,
      )
    expect(() => zipFolder('m', new Map([['../x', config]]))).toThrow(
      'A file in a zip cannot be called "../x". Choose a name without slashes that does not start with a dot.',
    )
  })
})

describe('a zip that cannot be imported is refused by one line', () => {
  const notZip = 'z is not a zip file, or is cut off. Choose one that Skipscope exported.'
  const good = zipFolder('m', files)
  const list = 'z is a damaged zip: its list of files does not hold together. Copy or export it again.'
  const packed = 'z is a damaged zip: "m/config.json" cannot be unpacked. Copy or export it again.'
  const outside = (path: string) =>
    `z names the path ${JSON.stringify(path)}, which leads outside of it. Do not trust this file; zip the model folder anew.`
  const none = 'z has no config.json at its top or in one folder. Zip a model folder, as Export does.'
  const flipped = (() => {
    const copy = good.slice()
    copy[Buffer.from(copy).indexOf(weights) + 2500] ^= 4
    return copy
  })()
  const many = zipSync(Object.fromEntries(Array.from({ length: 10_001 }, (_, i) => [`f${i}`, new Uint8Array(0)])), { level: 0 })
  const twice = zipSync({ 'config.json': config, 'konfig.json': config })
  twice[Buffer.from(twice).lastIndexOf('konfig.json')] = 'c'.charCodeAt(0)
  const refused: [string, Uint8Array, string][] = [
    ['no bytes', new Uint8Array(0), notZip],
    ['a text', text('hello, I am a text and no zip at all'), notZip],
    ['cut off', good.subarray(0, good.length - 1), notZip],
    ['no files', zipSync({}), none],
    ['no config', zipSync({ 'm/model.safetensors': weights }), none],
    ['a config too deep', zipSync({ 'a/m/config.json': config }), none],
    [
      'two models',
      zipSync({ 'a/config.json': config, 'b/config.json': config }),
      'z holds 2 folders or files called config.json. Zip one model folder alone.',
    ],
    ['a path upwards', zipSync({ 'config.json': config, '../x': config }), outside('../x')],
    ['a path up from within', zipSync({ 'm/config.json': config, 'm/../../x': config }), outside('m/../../x')],
    ['a path from the root', zipSync({ 'config.json': config, '/etc/x': config }), outside('/etc/x')],
    ['a path of Windows', zipSync({ 'config.json': config, 'C:x': config }), outside('C:x')],
    ['a path with backslashes', zipSync({ 'config.json': config, '..\\x': config }), outside('..\\x')],
    ['a name twice', twice, 'z lists "config.json" twice. Zip the model folder anew.'],
    ['thousands of files', many, 'z holds 10001 files, where a model folder has a handful. Zip the model folder alone.'],
    [
      'an absurd size',
      patched(good, 24, 0xfffffff0),
      'z claims that "m/config.json" unpacks from 17 to 4294967280 bytes, which no zip can. Do not trust this file.',
    ],
    ['a size above the truth', patched(good, 24, 16), packed],
    ['a size below the truth', patched(good, 24, 14), packed],
    ['a checksum that differs', patched(good, 16, 1), packed],
    ['a flipped bit in the weights', flipped, 'z is a damaged zip: "m/model.safetensors" cannot be unpacked. Copy or export it again.'],
    ['data beyond the end', patched(good, 42, good.length - 10), packed],
    ['data elsewhere', patched(good, 42, 1), packed],
    ['a packed size beyond the end', patched(good, 20, good.length), packed],
    ['a password', patched(good, 8, 1, 2), 'z is locked with a password. Zip the model folder without one.'],
    [
      'another method',
      patched(good, 10, 14, 2),
      'z packs "m/config.json" by method 14; stored and deflated are read here. Zip the model folder as Export does.',
    ],
    ['a list elsewhere', patched(good, -6, 1), list],
    ['a list beyond the end', patched(good, -6, 0xfffffff0), list],
    ['more files than listed', patched(good, -12, 4, 2), list],
    ['a name beyond the list', patched(good, 28, 60_000, 2), list],
    [
      'the zip64 form',
      patched(good, -6, 0xffffffff),
      'z is in the zip64 form, which is not read here. Zip the model folder alone, below 4 GB.',
    ],
  ]
  test.each(refused)('%s', (_, bytes, message) => {
    expect(() => unzipFolder(bytes, 'z')).toThrow(new Error(message))
  })

  test('more than 4 GB in all, before any of it is allocated', () => {
    const zeros = zipSync({ 'config.json': config, a: new Uint8Array(4_500_000), b: new Uint8Array(4_500_000) })
    let claims = zeros
    for (const n of [1, 2]) {
      const at = centralRecord(claims, n)
      claims = claims.slice()
      new DataView(claims.buffer).setUint32(at + 20, 0x00300000, true)
      new DataView(claims.buffer).setUint32(at + 24, 0xb0000000, true)
    }
    expect(() => unzipFolder(claims, 'z')).toThrow('z would unpack to 5905580047 bytes, and 4 GB is the limit. Export it again.')
  })

  test('500 random byte flips: unpacked, or refused by our own line', () => {
    const small = zipFolder('m', new Map([['config.json', config]]))
    let state = 7
    const random = (below: number) => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0
      return Math.floor((state / 2 ** 32) * below)
    }
    let refusals = 0
    for (let round = 0; round < 500; round++) {
      const broken = small.slice()
      broken[random(broken.length)] ^= 1 << random(8)
      try {
        unzipFolder(broken, 'z')
      } catch (error) {
        refusals++
        expect(Object.getPrototypeOf(error), String(error)).toBe(Error.prototype)
        expect(String(error)).toMatch(/^Error: z [^\n]+\.$/)
      }
    }
    expect(refusals).toBeGreaterThan(100)
  })
})
