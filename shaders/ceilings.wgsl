// What an adapter does at most, for the profiler to hold the other kernels against.
//
// multiply_add   16 values of an invocation, in registers: v = v · scale + shift, `rounds` times (a multiple of 8): 32 · rounds operations an invocation
// copy           out[i] = x[i]: as many bytes read as written
// touch          out[0] += 1 from one invocation: each launch must wait for the one before, which is all that it costs
// Shapes: x, out [n] of four values each.
// Writes: multiply_add and copy out =; touch out +=. One invocation is four values of the result.
struct Params {
  n: u32,
  rounds: u32,
  scale: f32,
  shift: f32,
}

@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> out: array<vec4f>;
@group(0) @binding(2) var<uniform> params: Params;

// Written out, since a loop's own count would take a fifth of the operations.
fn eight_rounds(v: vec4f, scale: vec4f, shift: vec4f) -> vec4f {
  let two = fma(fma(v, scale, shift), scale, shift);
  let four = fma(fma(two, scale, shift), scale, shift);
  let six = fma(fma(four, scale, shift), scale, shift);
  return fma(fma(six, scale, shift), scale, shift);
}

@compute @workgroup_size(256)
fn multiply_add(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linear_workgroup(id, count) * 256u + local;
  if (i >= params.n) {
    return;
  }
  let scale = vec4f(params.scale);
  let shift = vec4f(params.shift);
  var a = vec4f(f32(i % 64u));
  var b = a + 1.0;
  var c = a + 2.0;
  var d = a + 3.0;
  for (var round = 0u; round < params.rounds; round += 8u) {
    a = eight_rounds(a, scale, shift);
    b = eight_rounds(b, scale, shift);
    c = eight_rounds(c, scale, shift);
    d = eight_rounds(d, scale, shift);
  }
  out[i] = a + b + c + d;
}

@compute @workgroup_size(256)
fn copy(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linear_workgroup(id, count) * 256u + local;
  if (i < params.n) {
    out[i] = x[i];
  }
}

@compute @workgroup_size(1)
fn touch() {
  out[0] += 1.0;
}
