// Cross-layer attention with one invocation for each query or key, from registers: maths, shapes and write contract in attention_common.wgsl.

fn dot_store(q: ptr<function, array<f32, E>>, at: u32) -> f32 {
  var sum = 0.0;
  @unroll for (var e = 0u; e < E; e++) {
    sum = fma((*q)[e], store[at + e], sum);
  }
  return sum;
}

// One invocation is one query (sequence, head, position).
@compute @workgroup_size(64)
fn forward(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) local: u32) {
  let row = row_of(linear_workgroup(id, count) * 64u + local);
  if (!row.inside) {
    return;
  }
  let first_row = row.b * params.T;
  let q_at = params.q_offset + (first_row + row.t) * params.width + row.h * E;
  var q: array<f32, E>;
  var acc: array<f32, E>;
  for (var e = 0u; e < E; e++) {
    q[e] = store[q_at + e] * params.scale;
  }
  var most = LOWEST;
  var sum = 0.0;
  let first_slot = table[row.h * 2u];
  let slots = table[row.h * 2u + 1u];
  for (var s = 0u; s < slots; s++) {
    let keys = table[params.H * 2u + (first_slot + s) * 2u] + first_row * params.width;
    let values = table[params.H * 2u + (first_slot + s) * 2u + 1u] + first_row * params.width;
    for (var j = 0u; j <= row.t; j++) {
      let x = dot_store(&q, keys + j * params.width);
      if (x > most) {
        let shrink = exp(most - x);
        sum *= shrink;
        for (var e = 0u; e < E; e++) {
          acc[e] *= shrink;
        }
        most = x;
      }
      let p = exp(x - most);
      sum += p;
      let kept = p * mask_of(row.b, row.h, row.t, slots, s, j);
      let v_at = values + j * params.width;
      @unroll for (var e = 0u; e < E; e++) {
        acc[e] = fma(kept, store[v_at + e], acc[e]);
      }
    }
  }
  let i = ((params.first + row.b) * params.T + row.t) * params.H + row.h;
  for (var e = 0u; e < E; e++) {
    out[i * E + e] = acc[e] / sum;
  }
  stats[i * 2u] = most + log(sum);
}

// One invocation is one query.
@compute @workgroup_size(64)
fn delta(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) local: u32) {
  let row = row_of(linear_workgroup(id, count) * 64u + local);
  if (!row.inside) {
    return;
  }
  let i = ((params.first + row.b) * params.T + row.t) * params.H + row.h;
  var sum = 0.0;
  for (var e = 0u; e < E; e++) {
    sum += o[i * E + e] * d_out[i * E + e];
  }
  stats[i * 2u + 1u] = sum;
}

// One invocation is one query.
@compute @workgroup_size(64)
fn backward_q(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) local: u32) {
  let row = row_of(linear_workgroup(id, count) * 64u + local);
  if (!row.inside) {
    return;
  }
  let first_row = row.b * params.T;
  let i = ((params.first + row.b) * params.T + row.t) * params.H + row.h;
  let q_at = (first_row + row.t) * params.width + row.h * E;
  var q: array<f32, E>;
  var d: array<f32, E>;
  var dq: array<f32, E>;
  for (var e = 0u; e < E; e++) {
    q[e] = store[params.q_offset + q_at + e] * params.scale;
    d[e] = d_out[i * E + e];
  }
  let lse = saved[i * 2u];
  let delta_row = saved[i * 2u + 1u];
  let first_slot = table[row.h * 2u];
  let slots = table[row.h * 2u + 1u];
  for (var s = 0u; s < slots; s++) {
    let keys = table[params.H * 2u + (first_slot + s) * 2u] + first_row * params.width;
    let values = table[params.H * 2u + (first_slot + s) * 2u + 1u] + first_row * params.width;
    for (var j = 0u; j <= row.t; j++) {
      let k_at = keys + j * params.width;
      let p = exp(dot_store(&q, k_at) - lse);
      let dp = dot_store(&d, values + j * params.width) * mask_of(row.b, row.h, row.t, slots, s, j);
      let dx = p * (dp - delta_row) * params.scale;
      @unroll for (var e = 0u; e < E; e++) {
        dq[e] = fma(dx, store[k_at + e], dq[e]);
      }
    }
  }
  for (var e = 0u; e < E; e++) {
    gradients[params.dq_offset + q_at + e] = dq[e];
  }
}

// One invocation is one key position of one source (layer, kv head) of one sequence. Entries and then queries are added in order.
@compute @workgroup_size(64)
fn backward_kv(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linear_workgroup(id, count) * 64u + local;
  if (i >= params.sequences * params.items * params.T) {
    return;
  }
  let j = i % params.T;
  let item = ((i / params.T) % params.items) * 5u;
  let b = i / (params.T * params.items);
  let first_row = b * params.T;
  let flags = table[item + 4u];
  var k: array<f32, E>;
  var v: array<f32, E>;
  var dk: array<f32, E>;
  var dv: array<f32, E>;
  for (var n = 0u; n < table[item + 3u]; n++) {
    let entry = params.entries_at + (table[item + 2u] + n) * 6u;
    let h = table[entry];
    let s = table[entry + 1u];
    let slots = table[entry + 2u];
    let k_at = table[entry + 3u] + (first_row + j) * params.width;
    let v_at = table[entry + 4u] + (first_row + j) * params.width;
    let wants_k = (table[entry + 5u] & 1u) != 0u;
    let wants_v = (table[entry + 5u] & 2u) != 0u;
    for (var e = 0u; e < E; e++) {
      k[e] = store[k_at + e] * params.scale;
      v[e] = store[v_at + e];
    }
    for (var t = j; t < params.T; t++) {
      let q_at = params.q_offset + (first_row + t) * params.width + h * E;
      let query = ((params.first + b) * params.T + t) * params.H + h;
      let p = exp(dot_store(&k, q_at) - saved[query * 2u]);
      let mask = mask_of(b, h, t, slots, s, j);
      if (wants_v) {
        let kept = p * mask;
        @unroll for (var e = 0u; e < E; e++) {
          dv[e] = fma(kept, d_out[query * E + e], dv[e]);
        }
      }
      if (wants_k) {
        var dp = 0.0;
        @unroll for (var e = 0u; e < E; e++) {
          dp = fma(v[e], d_out[query * E + e], dp);
        }
        let dx = p * (dp * mask - saved[query * 2u + 1u]) * params.scale;
        @unroll for (var e = 0u; e < E; e++) {
          dk[e] = fma(dx, store[q_at + e], dk[e]);
        }
      }
    }
  }
  let dk_at = table[item] + (first_row + j) * params.width;
  let dv_at = table[item + 1u] + (first_row + j) * params.width;
  for (var e = 0u; e < E; e++) {
    if ((flags & 1u) != 0u) {
      gradients[dk_at + e] = dk[e] + select(0.0, gradients[dk_at + e], (flags & 4u) != 0u);
    }
    if ((flags & 2u) != 0u) {
      gradients[dv_at + e] = dv[e] + select(0.0, gradients[dv_at + e], (flags & 8u) != 0u);
    }
  }
}

// One invocation is one probability: patterns[sequence][head][t, s·T + j], heads one after another.
@compute @workgroup_size(64)
fn probe(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linear_workgroup(id, count) * 64u + local;
  let columns = params.slots * params.T;
  let row = row_of(i / columns);
  if (!row.inside) {
    return;
  }
  let s = (i % columns) / params.T;
  let j = i % params.T;
  let slots = table[row.h * 2u + 1u];
  if (s >= slots) {
    return;
  }
  let first_row = row.b * params.T;
  let query = ((params.first + row.b) * params.T + row.t) * params.H + row.h;
  var p = 0.0;
  if (j <= row.t) {
    let q_at = params.q_offset + (first_row + row.t) * params.width + row.h * E;
    let k_at = table[params.H * 2u + (table[row.h * 2u] + s) * 2u] + (first_row + j) * params.width;
    var x = 0.0;
    for (var e = 0u; e < E; e++) {
      x = fma(store[q_at + e] * params.scale, store[k_at + e], x);
    }
    p = exp(x - saved[query * 2u]);
  }
  patterns[(params.first + row.b) * params.pattern_size + table[row.h * 2u] * params.T * params.T + row.t * slots * params.T + s * params.T + j] = p;
}
