/** What the loop needs of any data: batches that are a pure function of (seed, step), so that a resumed run goes on bit for bit. */
import type { Tokenizer } from './tokenizer.ts'

export interface Batch {
  /** [B, T], row by row. */
  tokens: Uint32Array
  /** [B, T]; -1 where no loss is due. */
  targets: Int32Array
}

export interface Dataset {
  name: string
  kind: 'text' | 'task'
  tokenizer: Tokenizer
  /** The context length that a task is defined at; a text takes any. */
  contextLength?: number
  /** Whether an answer is right token by token, or only when every answer of its sequence is (tasks only). */
  answer?: 'token' | 'sequence'
  /** The batch of one step of one seed, from the training part. */
  trainBatch: (seed: number, step: number, B: number, T: number) => Batch
  /** The i-th batch of the held-out part: the same for every seed and run. */
  heldOutBatch: (index: number, B: number, T: number) => Batch
  /** A held-out text to look at (its first T tokens are what the heat maps show). */
  heldOutSample: (T: number) => Uint32Array
}
