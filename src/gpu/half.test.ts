import { describe, expect, it } from 'vitest'
import { defineKernel } from './kernel.ts'
import { forItsMemory, withHalves } from './half.ts'
import { storage, whole, type Launch } from './launch.ts'

const SHADER = `alias V = vec4f; // four
@group(0) @binding(0) var<storage, read> x: array<V>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;
@group(0) @binding(2) var<storage, read> at: array<u32>;
override ADD: bool = false;
@compute @workgroup_size(64)
fn run(@builtin(local_invocation_index) i: u32) {
  if (x[i].x == 0.0) { y[i] = 1.0; }
  y[at[i]] = dot(x[i], x[i + 1u]);
  y[i] += x[at[i]].y;
}
`

const lines = (code: string): string[] => code.split('\n').map((line) => line.trim())

describe('text for memory of f16', () => {
  it('converts what is read to f32', () => {
    const code = lines(withHalves(SHADER, new Set(['x'])))
    expect(code[0]).toBe('enable f16;')
    expect(code).toContain('@group(0) @binding(0) var<storage, read> x: array<vec4h>;')
    expect(code).toContain('@group(0) @binding(1) var<storage, read_write> y: array<f32>;')
    expect(code).toContain('if (V(x[i]).x == 0.0) { y[i] = 1.0; }')
    expect(code).toContain('y[at[i]] = dot(V(x[i]), V(x[i + 1u]));')
  })

  it('converts what is written to f16, sums too', () => {
    const code = lines(withHalves(SHADER, new Set(['x', 'y'])))
    expect(code).toContain('@group(0) @binding(1) var<storage, read_write> y: array<f16>;')
    expect(code).toContain('if (V(x[i]).x == 0.0) { y[i] = f16(1.0); }')
    expect(code).toContain('y[at[i]] = f16(dot(V(x[i]), V(x[i + 1u])));')
    expect(code).toContain('y[i] = f16(f32(y[i]) + V(x[at[i]]).y);')
  })

  it('refuses what is no number, and what is not there', () => {
    expect(() => withHalves(SHADER, new Set(['at']))).toThrow('elements of at are u32')
    expect(() => withHalves(SHADER, new Set(['z']))).toThrow('no binding z')
  })
})

describe('launches', () => {
  const kernel = defineKernel('test', 'run', [SHADER])
  const launch = (...f16: ('x' | 'y')[]): Launch => ({
    kernel,
    constants: {},
    params: {},
    regions: {
      x: whole(storage('x', 512, 'planned', f16.includes('x'))),
      y: whole(storage('y', 512, 'planned', f16.includes('y'))),
      at: null,
    },
    workgroups: 1,
  })

  it('keep their kernel where all memory is f32', () => {
    const given = launch()
    expect(forItsMemory(given)).toBe(given)
  })

  it('share one kernel for each kind of memory', () => {
    const [one, same, other] = [launch('x'), launch('x'), launch('x', 'y')].map((of) => forItsMemory(of).kernel)
    expect(same).toBe(one)
    expect(other).not.toBe(one)
    expect(one.bindings).toEqual(kernel.bindings)
    expect(one.code).toContain('y: array<f32>')
    expect(other.code).toContain('y: array<f16>')
  })
})
