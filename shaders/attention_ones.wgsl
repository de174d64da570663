// Rows of heads as vectors of four, for any E: buffers are arrays of f32, what lies past a head's end reads as 0 and is not written.
// `at` is where a head's row begins, in elements; `column` counts vectors of it. Writes: what the functions' names say; shapes in attention_common.wgsl.
fn inside_head(column: u32) -> vec4<bool> {
  return vec4u(column * 4u) + vec4u(0u, 1u, 2u, 3u) < vec4u(E);
}

fn store_four(at: u32, column: u32) -> vec4f {
  let i = at + column * 4u;
  return select(vec4f(), vec4f(store[i], store[i + 1u], store[i + 2u], store[i + 3u]), inside_head(column));
}

fn d_out_four(at: u32, column: u32) -> vec4f {
  let i = at + column * 4u;
  return select(vec4f(), vec4f(d_out[i], d_out[i + 1u], d_out[i + 2u], d_out[i + 3u]), inside_head(column));
}

fn o_four(at: u32, column: u32) -> vec4f {
  let i = at + column * 4u;
  return select(vec4f(), vec4f(o[i], o[i + 1u], o[i + 2u], o[i + 3u]), inside_head(column));
}

fn set_out(at: u32, column: u32, value: vec4f) {
  let i = at + column * 4u;
  let inside = inside_head(column);
  if (inside.x) { out[i] = value.x; }
  if (inside.y) { out[i + 1u] = value.y; }
  if (inside.z) { out[i + 2u] = value.z; }
  if (inside.w) { out[i + 3u] = value.w; }
}

fn set_gradient(at: u32, column: u32, value: vec4f, adds: bool) {
  let i = at + column * 4u;
  let inside = inside_head(column);
  if (inside.x) { gradients[i] = value.x + select(0.0, gradients[i], adds); }
  if (inside.y) { gradients[i + 1u] = value.y + select(0.0, gradients[i + 1u], adds); }
  if (inside.z) { gradients[i + 2u] = value.z + select(0.0, gradients[i + 2u], adds); }
  if (inside.w) { gradients[i + 3u] = value.w + select(0.0, gradients[i + 3u], adds); }
}
