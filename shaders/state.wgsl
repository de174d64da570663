// What changes from step to step, written by the host before each submit. One layout: src/tensor/inputs.ts packs it.
// Shapes: one struct of 9 words. Writes: nothing; shaders read it.
struct State {
  seed: u32,
  step: u32, // counts from 1
  position: u32, // of the first row: 0, or the decoded token's
  ring: u32, // where this step's metrics go
  rate: f32,
  scale_m: f32, // 1 / (1 - beta1^step)
  scale_v: f32, // 1 / (1 - beta2^step)
  inverse_count: f32, // 1 / targets of the whole step that are not -1; 0 when there are none
  first_row: u32, // where the rows of this micro-batch begin in the whole batch: losses and dropout masks go by a row's place there
}
