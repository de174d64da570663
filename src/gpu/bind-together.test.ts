import { describe, expect, it } from 'vitest'
import { bindTogether, type BindLimits, type Roles } from './bind-together.ts'
import { defineKernel } from './kernel.ts'
import { storage, whole, type Launch, type Region, type Storage } from './launch.ts'

const SHADER = `alias Chunk = vec4f;
struct State { position: u32 }
@group(0) @binding(0) var<storage, read> x: array<Chunk>;
@group(0) @binding(1) var<storage, read> weight: array<Chunk>;
@group(0) @binding(2) var<storage, read> second: array<Chunk>;
@group(0) @binding(3) var<storage, read> bias: array<f32>; // one a row
@group(0) @binding(4) var<storage, read> residual: array<f32>;
@group(0) @binding(5) var<storage, read> state: State;
@group(0) @binding(6) var<storage, read_write> out: array<f32>;
@group(0) @binding(7) var<storage, read> elsewhere: array<f32>;
override BIAS: bool = false;
@compute @workgroup_size(64)
fn run(@builtin(local_invocation_index) i: u32) {
  let h = dot(x[i + state.position], weight[i]) + dot(x[i], second[u32(bias[i])]);
  out[i] = h + residual[i];
}
@compute @workgroup_size(64)
fn other(@builtin(local_invocation_index) i: u32) {
  out[i] = elsewhere[i];
}
`
const kernel = defineKernel('test', 'run', [SHADER])
const ROLES: Roles = { weight: 'weights', second: 'weights', bias: 'biases' }
const LIMITS: BindLimits = { binding: 1 << 20, storageBuffers: 8 }

const part = (s: Storage, offset: number, bytes = 256): Region => ({ storage: s, offset, bytes })
const lines = (code: string): string[] => code.split('\n').map((line) => line.trim())

function layer(parameters: Storage, at: number, stream: Storage, inside: Storage, more: Partial<Launch['regions']> = {}): Launch[] {
  const state = whole(storage('walk', 256, 'owned'))
  const shared = { kernel, constants: { BIAS: 1 }, params: {}, workgroups: 1 }
  const weights = { weight: part(parameters, at), second: part(parameters, at + 512) }
  return [
    {
      ...shared,
      regions: {
        x: whole(stream),
        ...weights,
        bias: part(parameters, 8192 + at / 4),
        residual: null,
        state,
        out: part(inside, 256),
        ...more,
      },
    },
    { ...shared, regions: { x: part(inside, 256), ...weights, bias: null, residual: whole(stream), state: null, out: whole(stream) } },
  ]
}

describe('launches bound together', () => {
  const parameters = storage('parameters', 16384, 'owned')
  const stream = storage('stream', 256, 'owned')
  const inside = storage('inside', 512, 'owned')
  const [first, second] = bindTogether(layer(parameters, 1024, stream, inside), ROLES, LIMITS)

  it('share one list of regions: what is written once a storage, what is read once a role', () => {
    expect(second.regions).toBe(first.regions)
    const regions = Object.values(first.regions).map((region) => [region?.storage.label, region?.offset, region?.bytes])
    expect(regions).toEqual([
      ['stream', 0, 256],
      ['parameters', 1024, 768],
      ['parameters', 8448, 256],
      ['walk', 0, 256],
      ['inside', 256, 256],
    ])
    expect(first.kernel.bindings).toEqual(second.kernel.bindings)
    expect(first.kernel.bindings.map(({ access }) => access)).toEqual(['read_write', 'read', 'read', 'read', 'read_write'])
  })

  it('have texts for it: numbers, places within a binding, zeros for what is unused', () => {
    const one = lines(first.kernel.code)
    expect(one).toContain('@group(0) @binding(0) var<storage, read_write> x: array<Chunk>;')
    expect(one).toContain('@group(0) @binding(1) var<storage, read> weight: array<Chunk>;')
    expect(one).toContain('let h = dot(x[i + state.position], weight[i]) + dot(x[i], weight[32u + (u32(bias[i]))]);')
    expect(one).toContain('out[i] = h + f32();')
    expect(one.some((line) => /var<storage, read> (second|residual)\b/.test(line))).toBe(false)
    const two = lines(second.kernel.code)
    expect(two).toContain('@group(0) @binding(0) var<storage, read_write> residual: array<f32>;')
    expect(two).toContain('residual[i] = h + residual[i];')
    expect(two).toContain('let h = dot(x[i + state.position], weight[i]) + dot(x[i], weight[32u + (u32(f32()))]);')
    expect(two).toContain('var<private> state: State;')
    // Another entry point's: out of the way.
    expect(two).toContain('@group(0) @binding(12) var<storage, read> elsewhere: array<f32>;')
  })

  it('of layers that are alike have the same kernels', () => {
    const next = bindTogether(layer(parameters, 2048, stream, inside), ROLES, LIMITS)
    expect(next.map((launch) => launch.kernel)).toEqual([first.kernel, second.kernel])
    expect(next[0].kernel).toBe(first.kernel)
    expect(next[0].regions).not.toBe(first.regions)
  })

  it('are as many as the device binds buffers, and a binding no longer than it binds', () => {
    const few = bindTogether(layer(parameters, 1024, stream, inside), ROLES, { ...LIMITS, storageBuffers: 5 })
    expect(few[1].regions).toBe(few[0].regions)
    const apart = bindTogether(layer(parameters, 1024, stream, inside, { bias: part(storage('biases', 256, 'owned'), 0) }), ROLES, {
      binding: 512,
      storageBuffers: 6,
    })
    // Both weights are 768 bytes from end to end.
    expect(apart[0].kernel.bindings).toHaveLength(6)
    expect(lines(apart[0].kernel.code)).toContain('@group(0) @binding(2) var<storage, read> second: array<Chunk>;')
    expect(() => bindTogether(layer(parameters, 1024, stream, inside), ROLES, { ...LIMITS, storageBuffers: 3 })).toThrow(
      'test.run binds more storage buffers than the 3',
    )
  })

  it('leave what uses planned memory as it is, and begin anew after it', () => {
    const planned = layer(parameters, 1024, storage('planned', 256, 'planned'), inside)[0]
    const [a, b, c] = bindTogether(
      [layer(parameters, 1024, stream, inside)[0], planned, layer(parameters, 1024, stream, inside)[1]],
      ROLES,
      LIMITS,
    )
    expect(b).toBe(planned)
    expect(a.regions).not.toBe(c.regions)
  })

  it('refuse two types for one storage that is written', () => {
    const [one] = layer(parameters, 1024, stream, inside)
    expect(() => bindTogether([{ ...one, regions: { ...one.regions, out: whole(stream) } }], ROLES, LIMITS)).toThrow(
      'test.run sees one storage as array<Chunk> and as array<f32>.',
    )
  })
})
