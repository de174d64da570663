// Matrix products from registers: maths, shapes and write contract in product_common.wgsl.
//
// One invocation is 4 × 4 outputs from registers alone; a workgroup of 8 × 8 is 32 × 32. No barrier and no workgroup memory: for processors, and for GPUs that
// would rather read through their caches.
@compute @workgroup_size(8, 8)
fn register_tile(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) count: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let p = place(linear_workgroup(id, count), 32u, 32u);
  if (!p.inside) {
    return;
  }
  let m0 = p.m + local.y * 4u;
  let n0 = p.n + local.x * 4u;
  if (m0 >= params.M || n0 >= params.N) {
    return;
  }
  // Rows past the edge repeat the last one: their sums are never stored.
  let rows = min(vec4u(m0, m0 + 1u, m0 + 2u, m0 + 3u), vec4u(params.M - 1u));
  let columns = min(vec4u(n0, n0 + 1u, n0 + 2u, n0 + 3u), vec4u(params.N - 1u));
  let at_a = params.a_offset + select(rows * params.K, rows, A_TRANSPOSED);
  let at_b = params.b_offset + select(columns, columns * params.K, B_TRANSPOSED);
  let step_a = select(1u, params.M, A_TRANSPOSED);
  let step_b = select(params.N, 1u, B_TRANSPOSED);
  var s0 = vec4f();
  var s1 = vec4f();
  var s2 = vec4f();
  var s3 = vec4f();
  var row_sums = vec4f();
  let first = p.split * params.k_part;
  let last = min(params.K, first + params.k_part);
  for (var k = first; k < last; k++) {
    let i = at_a + k * step_a;
    let j = at_b + k * step_b;
    let x = vec4f(vec4f(a[i.x]).x, vec4f(a[i.y]).x, vec4f(a[i.z]).x, vec4f(a[i.w]).x);
    let y = vec4f(vec4f(b[j.x]).x, vec4f(b[j.y]).x, vec4f(b[j.z]).x, vec4f(b[j.w]).x);
    s0 = fma(vec4f(x.x), y, s0);
    s1 = fma(vec4f(x.y), y, s1);
    s2 = fma(vec4f(x.z), y, s2);
    s3 = fma(vec4f(x.w), y, s3);
    row_sums += x;
  }
  // A loop, so that the epilogue is compiled once and not for each row: drivers of processors take longest for it. The next row's sums move up, since an index would put them in memory.
  for (var j = 0u; j < 4u; j++) {
    finish(m0 + j, n0, p.split, s0, before_finish(m0 + j, n0));
    s0 = s1;
    s1 = s2;
    s2 = s3;
  }
  if (ROW_SUMS && n0 == 0u) {
    for (var j = 0u; j < 4u; j++) {
      finish_row_sum(m0 + j, p.split, row_sums[j]);
    }
  }
}
