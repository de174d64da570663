// The gated activation swiglu (arXiv 2002.05202): y = silu(a) ⊙ b;   da = dy ⊙ b ⊙ silu'(a),   db = dy ⊙ silu(a).
// Shapes: all [n].
// Writes: forward y =; backward da =, db =. One invocation is one element.
struct Params {
  n: u32,
}

@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<storage, read> dy: array<f32>;
@group(0) @binding(4) var<storage, read_write> da: array<f32>;
@group(0) @binding(5) var<storage, read_write> db: array<f32>;
@group(0) @binding(6) var<uniform> params: Params;

@compute @workgroup_size(64)
fn forward(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linear_workgroup(id, count) * 64u + local;
  if (i < params.n) {
    y[i] = activate(4u, a[i]) * b[i];
  }
}

@compute @workgroup_size(64)
fn backward(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linear_workgroup(id, count) * 64u + local;
  if (i < params.n) {
    da[i] = dy[i] * b[i] * derivative(4u, a[i]);
    db[i] = dy[i] * activate(4u, a[i]);
  }
}
