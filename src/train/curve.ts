/** The columns of a run's curve, as the loop fills them, the page draws them and `run.json` keeps them. */

/** Columns of equal length: one row a step whose loss has come back. */
export interface MetricColumns {
  step: number[]
  /** Nats, before the step's update. */
  loss: number[]
  lr: number[]
  gradNorm: number[]
  /** Milliseconds since the run began, pauses left out. */
  ms: number[]
}

export interface ValidationPoint {
  step: number
  loss: number
  /** 0 to 1, tasks only. */
  accuracy?: number
}

export interface Curve {
  training: MetricColumns
  validation: ValidationPoint[]
}

export const emptyColumns = (): MetricColumns => ({ step: [], loss: [], lr: [], gradNorm: [], ms: [] })

export const emptyCurve = (): Curve => ({ training: emptyColumns(), validation: [] })

export function appendColumns(to: MetricColumns, more: MetricColumns): void {
  for (const key of ['step', 'loss', 'lr', 'gradNorm', 'ms'] as const) to[key].push(...more[key])
}

export function appendCurve(curve: Curve, event: { metrics?: MetricColumns; validation?: ValidationPoint }): void {
  if (event.metrics) appendColumns(curve.training, event.metrics)
  if (event.validation) curve.validation.push(event.validation)
}
