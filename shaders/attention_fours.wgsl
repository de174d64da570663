// Rows of heads as vectors of four, where E is a multiple of 4: buffers are arrays of vec4f (128-bit loads). attention_ones.wgsl is the same for other widths.
// `at` is where a head's row begins, in elements; `column` counts vectors of it. Writes: what the functions' names say; shapes in attention_common.wgsl.
fn store_four(at: u32, column: u32) -> vec4f {
  return store[at / 4u + column];
}

fn d_out_four(at: u32, column: u32) -> vec4f {
  return d_out[at / 4u + column];
}

fn o_four(at: u32, column: u32) -> vec4f {
  return o[at / 4u + column];
}

fn set_out(at: u32, column: u32, value: vec4f) {
  out[at / 4u + column] = value;
}

fn set_gradient(at: u32, column: u32, value: vec4f, adds: bool) {
  let i = at / 4u + column;
  if (adds) {
    gradients[i] += value;
  } else {
    gradients[i] = value;
  }
}
