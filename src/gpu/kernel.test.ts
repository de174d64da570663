import { describe, expect, test } from 'vitest'
import { defineKernel, packParams } from './kernel.ts'

const shader = `
// The word unused in a comment binds nothing; nor does @group(0) @binding(9) var<storage> ghost: array<f32>;
struct Params {
  rows: u32,
  shift: i32, // a comment
  scale: f32,
  other: u32,
}
struct State { rate: f32 }
@group(0) @binding(0) var<storage, read> source: array<f32>;
@group(0) @binding(1) var<storage, read_write> result: array<f32>;
@group(0) @binding(2) var<storage> table: array<u32>;
@group(0) @binding(3) var<storage, read> state: State;
@group(0) @binding(7) var<uniform> params: Params;
override LARGE: bool = false;
override COUNT: u32 = 1;

fn helper(i: u32) -> f32 {
  return f32(table[i]) * params.scale;
}

@compute @workgroup_size(64)
fn first(@builtin(global_invocation_id) id: vec3u) {
  if (id.x < params.rows) {
    result[id.x] = helper(id.x);
  }
}

@compute @workgroup_size(64)
fn second(@builtin(global_invocation_id) id: vec3u) {
  let source = 1.0;
  result[id.x] = source;
}

@compute @workgroup_size(64)
fn third(@builtin(global_invocation_id) id: vec3u) {
  result[id.x] = source[id.x] * state.rate * f32(params.shift);
}
`
const kernel = (entry: string) => defineKernel('example', entry, ['const BEFORE = 1u;', shader], 'const E = 4u;')

describe('what an entry point uses', () => {
  test('bindings are those that it reaches, through functions too, with number and access', () => {
    expect(kernel('first').bindings).toEqual([
      { name: 'result', index: 1, access: 'read_write' },
      { name: 'table', index: 2, access: 'read' },
    ])
    expect(kernel('third').bindings.map((b) => b.name)).toEqual(['source', 'result', 'state'])
  })

  test('a local name hides a binding', () => expect(kernel('second').bindings.map((b) => b.name)).toEqual(['result']))

  test('the uniform is bound where a parameter is read', () => {
    expect(kernel('first').paramsIndex).toBe(7)
    expect(kernel('second').paramsIndex).toBeUndefined()
  })

  test('needed parameters are those that it reads', () => {
    expect([...kernel('first').needed].sort()).toEqual(['rows', 'scale'])
    expect([...kernel('second').needed]).toEqual([])
    expect([...kernel('third').needed]).toEqual(['shift'])
  })

  test('overrides, order of the parameters, name and text', () => {
    const { overrides, params, name, code } = kernel('first')
    expect([...overrides]).toEqual(['LARGE', 'COUNT'])
    expect(params).toEqual([
      { name: 'rows', type: 'u32' },
      { name: 'shift', type: 'i32' },
      { name: 'scale', type: 'f32' },
      { name: 'other', type: 'u32' },
    ])
    expect(name).toBe('example.first')
    expect(code.startsWith('const E = 4u;\nconst BEFORE = 1u;\n')).toBe(true)
  })

  test('an entry point that is not there is an error', () =>
    expect(() => kernel('fourth')).toThrow('The shader has no entry point fourth.'))

  test('a parameter of another type is an error', () => {
    const vector = 'struct Params { size: vec2u }\n@compute @workgroup_size(1)\nfn main() {}'
    expect(() => defineKernel('example', 'main', [vector])).toThrow('Params.size is vec2u; only u32, i32 and f32 are packed.')
  })
})

describe('packing', () => {
  const pack = (values: Record<string, number>, entry = 'first'): DataView => {
    const view = new DataView(new ArrayBuffer(48))
    packParams(kernel(entry), values, view, 16)
    return view
  }

  test("values lie in the shader's order, whatever the caller's", () => {
    const view = pack({ scale: 0.5, shift: -3, rows: 4_000_000_000 })
    expect([view.getUint32(16, true), view.getInt32(20, true), view.getFloat32(24, true), view.getUint32(28, true)]).toEqual([
      4_000_000_000, -3, 0.5, 0,
    ])
  })

  test('a missing parameter is an error only where it is read', () => {
    expect(() => pack({ rows: 1 })).toThrow('example.first needs the parameter scale.')
    expect(() => pack({}, 'second')).not.toThrow()
  })

  test('an unknown parameter is an error', () => {
    expect(() => pack({ rows: 1, scale: 1, colums: 2 })).toThrow('example.first has no parameter colums.')
  })

  test.each([
    ['rows', -1, 'u32'],
    ['rows', 1.5, 'u32'],
    ['rows', 2 ** 32, 'u32'],
    ['rows', NaN, 'u32'],
    ['shift', -(2 ** 31) - 1, 'i32'],
    ['shift', 2 ** 31, 'i32'],
  ])('%s = %d does not fit', (name, value, type) => {
    expect(() => pack({ rows: 1, scale: 1, [name]: value })).toThrow(`${name} is ${value}, which does not fit a ${type}.`)
  })
})
