// One row times two matrices, of which one is the gate of the other, for decoding a token: the norm before it and the gate in one dispatch. How is decode_row.wgsl's.
//   y[n] = silu(Σ_k h[k]·W[n,k] + bias[n]) · (Σ_k h[k]·U[n,k] + second_bias[n])
// Shapes: x [1, K]; W `weight`, U `second` [N,K]; bias, second_bias, y [N]. Writes: out =.

@group(0) @binding(3) var<storage, read> weight: array<Chunk>;
@group(0) @binding(4) var<storage, read> second: array<Chunk>;
@group(0) @binding(5) var<storage, read> bias: array<f32>;
@group(0) @binding(6) var<storage, read> second_bias: array<f32>;
@group(0) @binding(7) var<storage, read_write> out: array<f32>;

override BIAS: bool = false;

// Even rows are the gate's, odd ones those that it lets through.
fn matrix_chunk(r: u32, at: u32) -> Chunk {
  if ((r & 1u) == 1u) {
    return second[at];
  }
  return weight[at];
}

fn biases_of(n: u32) -> vec2f {
  if (BIAS) {
    return vec2f(bias[n], second_bias[n]);
  }
  return vec2f();
}

fn finish_gated(n: u32, sums: vec2f) {
  out[n] = activate(4u, sums.x) * sums.y;
}

// One workgroup is ROWS / 2 outputs.
@compute @workgroup_size(LANES)
fn gated(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) lane: u32) {
  let n = linear_workgroup(id, count) * (ROWS / 2u);
  var rows: array<u32, ROWS>;
  @unroll for (var r = 0u; r < ROWS; r++) {
    rows[r] = row_at(n + r / 2u);
  }
  let is_output = lane < ROWS / 2u && n + lane < N;
  var added = vec2f();
  if (is_output) {
    added = biases_of(n + lane);
  }
  multiply(0u, lane, rows);
  if (is_output) {
    finish_gated(n + lane, vec2f(sum_of(2u * lane), sum_of(2u * lane + 1u)) + added);
  }
}

// One invocation is one output, which sums over k in order: no barrier, for processors. The norm has been taken before.
@compute @workgroup_size(LANES)
fn gated_serial(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) local: u32) {
  let n = linear_workgroup(id, count) * LANES + local;
  if (n >= N) {
    return;
  }
  var gate = Chunk();
  var through = Chunk();
  for (var i = 0u; i < CHUNKS; i++) {
    gate = fma(x[i], weight[n * CHUNKS + i], gate);
    through = fma(x[i], second[n * CHUNKS + i], through);
  }
  finish_gated(n, vec2f(total(gate), total(through)) + biases_of(n));
}
