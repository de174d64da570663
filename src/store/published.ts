/** What others take for a step of the bench shapes, measured on one machine: to hold one's own figures against, not to rank by. */

export interface Published {
  who: string
  /** Milliseconds a step, by shape; words where there is none. */
  step: Record<string, number | string>
}

/** Where and when. */
export const PUBLISHED_ON = 'one NVIDIA H200, November 2026; in a browser: Chromium 156'

export const PUBLISHED: Published[] = [
  { who: 'jax-js 0.1.25, Chromium', step: { tiny: 58.4, baby: 629, gpt2s: 913 } },
  { who: 'TensorFlow.js 4.22 on WebGPU, Chromium', step: { tiny: 102.9, baby: 686, gpt2s: 'over 3,500' } },
  { who: 'TinyGPT (May 2026), Node', step: { tiny: 107, baby: 'fails', gpt2s: 'fails' } },
  { who: 'PyTorch 2.11 eager, f32', step: { tiny: 6.0, baby: 31.3, gpt2s: 61.6 } },
  { who: 'PyTorch compiled, TF32 tensor cores', step: { tiny: 3.9, baby: 11.2, gpt2s: 19.9 } },
  { who: 'PyTorch compiled, bf16, CUDA graphs', step: { tiny: 1.75, baby: 4.8, gpt2s: 7.9 } },
]
