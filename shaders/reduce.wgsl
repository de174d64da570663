// The parts of split products, added in order: several products at once. Each has its place in `parts`: [splits, size], then [splits, rows] for its row sums.
//   out[i] = Σ_s parts[s·size + i];   sums[r] = Σ_s sums_parts[s·rows + r]
// Shapes: in V, a number or a vector of four, which is put in front. table [products, 9] = (first output of all, size, rows, splits, where its parts begin, where the parts
// of its row sums begin, where its result begins in out, where its row sums begin, flags: 1 += instead of =, 2 the row sums lie in `sums`, not in `out`).
// Writes: out, sums = or += by flag. One invocation is one V.
struct Params {
  products: u32,
  outputs: u32, // numbers
}

@group(0) @binding(0) var<storage, read> parts: array<V>;
@group(0) @binding(1) var<storage, read> table: array<u32>;
@group(0) @binding(2) var<storage, read_write> out: array<V>;
@group(0) @binding(3) var<storage, read_write> sums: array<V>;
@group(0) @binding(4) var<uniform> params: Params;

@compute @workgroup_size(64)
fn reduce(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_index) local: u32) {
  let i = linear_workgroup(id, count) * 64u + local;
  if (i * WIDTH >= params.outputs) {
    return;
  }
  var entry = 0u;
  for (var p = 1u; p < params.products; p++) {
    if (table[p * 9u] <= i) {
      entry = p * 9u;
    }
  }
  let j = i - table[entry];
  let size = table[entry + 1u];
  let splits = table[entry + 3u];
  let is_sum = j >= size;
  let step = select(size, table[entry + 2u], is_sum);
  let place = select(j, j - size, is_sum);
  let first = table[entry + select(4u, 5u, is_sum)] + place;
  var sum = V();
  var s = 0u;
  // Four loads are under way at a time.
  for (; s + 4u <= splits; s += 4u) {
    let at = first + s * step;
    let a = parts[at];
    let b = parts[at + step];
    let c = parts[at + 2u * step];
    let d = parts[at + 3u * step];
    sum = (((sum + a) + b) + c) + d;
  }
  for (; s < splits; s++) {
    sum += parts[first + s * step];
  }
  let flags = table[entry + 8u];
  let to = table[entry + select(6u, 7u, is_sum)] + place;
  if (is_sum && (flags & 2u) != 0u) {
    if ((flags & 1u) != 0u) {
      sum += sums[to];
    }
    sums[to] = sum;
  } else {
    if ((flags & 1u) != 0u) {
      sum += out[to];
    }
    out[to] = sum;
  }
}
