/** A run's curve as a table for other programs. */
import type { Curve, ValidationPoint } from '../train/curve.ts'

/**
 * `loss.csv`: a row for each step with something to tell, in order, under the columns
 *
 *   step       updates made, counted from 1; 0 is the model before any
 *   loss       mean over the step's batch before its update, nats a token
 *   val_loss   mean over held-out data after the step's update, nats a token
 *   accuracy   part of the held-out answers that are right, 0 to 1; tasks only
 *   lr         learning rate of the update
 *   grad_norm  global norm of the gradient before clipping
 *   ms         milliseconds since the run began, pauses left out
 *
 * A cell is empty where nothing was measured. Where a step was evaluated twice, as after going on, the later one stands.
 */
export function lossCsv({ training, validation }: Curve): string {
  const rowOf = new Map(training.step.map((step, row) => [step, row]))
  const pointOf = new Map<number, ValidationPoint>(validation.map((point) => [point.step, point]))
  const steps = [...new Set([...rowOf.keys(), ...pointOf.keys()])].sort((a, b) => a - b)
  const rows = steps.map((step) => {
    const row = rowOf.get(step)
    const point = pointOf.get(step)
    const column = (values: readonly number[]): number | undefined => (row === undefined ? undefined : values[row])
    return [step, column(training.loss), point?.loss, point?.accuracy, column(training.lr), column(training.gradNorm), column(training.ms)]
  })
  return ['step,loss,val_loss,accuracy,lr,grad_norm,ms', ...rows.map((row) => row.join(',')), ''].join('\n')
}
