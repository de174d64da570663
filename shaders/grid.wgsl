// A workgroup's number in a grid that may have been folded over two dimensions (65,535 workgroups are the guaranteed most in one): y·columns + x.
// Writes: nothing; a function for other shaders.
fn linear_workgroup(id: vec3u, count: vec3u) -> u32 {
  return id.y * count.x + id.x;
}
