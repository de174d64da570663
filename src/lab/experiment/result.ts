/** What a run of an experiment leaves. Pure data, for whoever shows or keeps it. */

/** What a wiring takes, beside what it does. */
export interface Cost {
  parameters: number
  /** Attention work ÷ that of the standard wiring. */
  attention: number
  /** Key and value projections that no head reads. */
  unread: number
  /** Layers with a head that reads an earlier layer. */
  readingLayers: number
}

/** A moment at which the run was evaluated. */
export interface Evaluation {
  step: number
  /** Of training alone: evaluations are left out. */
  ms: number
  /** Nats. */
  loss: number
  /** 0 to 1, tasks only. */
  accuracy?: number
}

export interface RunResult {
  cell: string
  seed: number
  steps: number
  /** Mean over the targets of the fixed held-out sequences after the last step, nats. */
  loss: number
  /** Mean loss of each of those sequences, nats. */
  sequences: number[]
  evaluations: Evaluation[]
  /** Milliseconds of training, evaluations left out. */
  ms: number
  cost: Cost
  adapter: string
  /** The tile of each product. */
  tuned: Record<string, string>
}

/** The first step of an evaluation whose accuracy reaches `share`, where one does. */
export const stepsTo = (evaluations: readonly Evaluation[], share: number): number | undefined =>
  evaluations.find(({ accuracy }) => accuracy !== undefined && accuracy >= share)?.step
