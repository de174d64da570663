// Activations f(x) and their derivatives f'(x) by number: 0 none, 1 gelu (tanh form, arXiv 1606.08415 §2), 2 relu, 3 relu squared (arXiv 2109.08668), 4 silu.
// Shapes: one number each, or four. Writes: nothing; these are functions for other shaders.
const SQRT_2_OVER_PI = 0.7978845608028654;

// Some adapters' tanh is not finite for large arguments; beyond 15 it is 1 in f32 anyway.
fn safe_tanh(x: f32) -> f32 {
  return tanh(clamp(x, -15.0, 15.0));
}

fn sigmoid(x: f32) -> f32 {
  return 1.0 / (1.0 + exp(-clamp(x, -80.0, 80.0)));
}

fn activate(kind: u32, x: f32) -> f32 {
  switch kind {
    case 1u: { return 0.5 * x * (1.0 + safe_tanh(SQRT_2_OVER_PI * (x + 0.044715 * x * x * x))); }
    case 2u: { return max(x, 0.0); }
    case 3u: { let r = max(x, 0.0); return r * r; }
    case 4u: { return x * sigmoid(x); }
    default: { return x; }
  }
}

fn derivative(kind: u32, x: f32) -> f32 {
  switch kind {
    case 1u: {
      let t = safe_tanh(SQRT_2_OVER_PI * (x + 0.044715 * x * x * x));
      return 0.5 * (1.0 + t) + 0.5 * x * (1.0 - t * t) * SQRT_2_OVER_PI * (1.0 + 0.134145 * x * x);
    }
    case 2u: { return select(0.0, 1.0, x > 0.0); }
    case 3u: { return 2.0 * max(x, 0.0); }
    case 4u: { let s = sigmoid(x); return s * (1.0 + x * (1.0 - s)); }
    default: { return 1.0; }
  }
}

fn activate_four(kind: u32, x: vec4f) -> vec4f {
  return vec4f(activate(kind, x.x), activate(kind, x.y), activate(kind, x.z), activate(kind, x.w));
}

fn derivative_of_four(kind: u32, x: vec4f) -> vec4f {
  return vec4f(derivative(kind, x.x), derivative(kind, x.y), derivative(kind, x.z), derivative(kind, x.w));
}
