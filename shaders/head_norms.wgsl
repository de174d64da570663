// How much each head gives: ‖z_h W_h‖², where W_h are the head's columns of the output projection, in parts over the model width.
//   parts[m,h,c] = Σ_{d of part c} (Σ_e z[m,h,e] · weight[d,h,e])²,   part c being d from c·⌈D/C⌉ on; the host adds the C parts and takes the root
// Shapes: z [M, H, E], weight [D, H, E], parts [M, H, C].
// Writes: parts =. One invocation is one part: few of a model's rows are watched at a time, and a GPU wants thousands of invocations.
struct Params {
  M: u32,
  D: u32,
  H: u32,
  E: u32,
  C: u32,
}

@group(0) @binding(0) var<storage, read> z: array<f32>;
@group(0) @binding(1) var<storage, read> weight: array<f32>;
@group(0) @binding(2) var<storage, read_write> parts: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(64)
fn square_parts(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linear_workgroup(id, count) * 64u + local;
  if (i >= params.M * params.H * params.C) {
    return;
  }
  let part = i % params.C;
  let row_head = i / params.C;
  let head = row_head % params.H;
  let size = (params.D + params.C - 1u) / params.C;
  let first = min(part * size, params.D);
  let end = min(first + size, params.D);
  var sum = 0.0;
  for (var d = first; d < end; d++) {
    var product = 0.0;
    for (var e = 0u; e < params.E; e++) {
      product += z[row_head * params.E + e] * weight[(d * params.H + head) * params.E + e];
    }
    sum += product * product;
  }
  parts[i] = sum;
}
