// Rotary positions (arXiv 2104.09864), the halves (i, i + E/2) of a head turning together, in place on the query and key heads of packed rows.
//   forward   (x1, x2) ← (x1·cos − x2·sin, x2·cos + x1·sin);   INVERSE (gradients) turns the other way
// Shapes: rows [M, width] with `heads` query and key heads of E first; table [context, E] = cos of E/2 angles, then sin (from the host in float64: adapters' sin is off by 5e-5).
// Writes: rows in place. One invocation is one pair.
struct Params {
  M: u32,
  T: u32,
  E: u32,
  heads: u32,
  width: u32,
  offset: u32,
}

@group(0) @binding(0) var<storage, read_write> rows: array<f32>;
@group(0) @binding(1) var<storage, read> table: array<f32>;
@group(0) @binding(2) var<storage, read> state: State;
@group(0) @binding(3) var<uniform> params: Params;

override INVERSE: bool = false;

@compute @workgroup_size(64)
fn rope(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linear_workgroup(id, count) * 64u + local;
  let half = params.E / 2u;
  let pairs = params.heads * half;
  if (i >= params.M * pairs) {
    return;
  }
  let row = i / pairs;
  let head = (i % pairs) / half;
  let e = i % half;
  let angle = (row % params.T + state.position) * params.E + e;
  let c = table[angle];
  var s = table[angle + half];
  if (INVERSE) {
    s = -s;
  }
  let at = params.offset + row * params.width + head * params.E + e;
  let x1 = rows[at];
  let x2 = rows[at + half];
  rows[at] = x1 * c - x2 * s;
  rows[at + half] = x2 * c + x1 * s;
}
