// Counter-based random bits: the same (seed, step, site, index) gives the same bits in forward, backward and in src/tensor/random.ts.
// Shapes: one element each. Writes: nothing; these are functions for other shaders.
fn mix(value: u32) -> u32 {
  var x = value;
  x ^= x >> 16u;
  x *= 0x7feb352du;
  x ^= x >> 15u;
  x *= 0x846ca68bu;
  x ^= x >> 16u;
  return x;
}

fn dropout_keys(seed: u32, step: u32, site: u32) -> vec2u {
  let a = mix(mix(seed) + step);
  return vec2u(a, mix(a ^ ((site + 1u) * 0x9e3779b9u)));
}

// 0 where the element is dropped, 1/(1-p) where it is kept. threshold = floor(p * 2^32).
fn dropout_scale(keys: vec2u, index: u32, threshold: u32, kept: f32) -> f32 {
  return select(0.0, kept, mix(mix(index + keys.x) ^ keys.y) >= threshold);
}
