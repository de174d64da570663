/**
 * Mean cross-entropy in nats over the targets that are not -1, in float64.
 *
 *   row[m]  = log sum_v exp logits[m,v] - logits[m, targets[m]],  0 where the target is -1
 *   loss    = sum_m row[m] / count,  count the number of targets that are not -1
 *   dlogits = dloss (softmax(logits[m]) - onehot(targets[m])) / count,  a row of zeros where the target is -1
 *
 * Shapes: logits [M,V], targets [M]. With no valid target the loss is 0 and so is every gradient.
 */

export interface LossInput {
  M: number
  V: number
  logits: Float64Array
  targets: Int32Array
}

export interface LossSaved {
  loss: number
  /** [M] */
  rows: Float64Array
  /** [M], log sum exp of each row of logits, also where the target is -1. */
  lse: Float64Array
  /** [M]; 1 where the largest logit (of equal ones the lowest index) is the target, else 0. */
  correct: Uint32Array
  count: number
}

export function lossForward(input: LossInput): LossSaved {
  const { M, V, logits, targets } = input
  const rows = new Float64Array(M)
  const lse = new Float64Array(M)
  const correct = new Uint32Array(M)
  let count = 0
  let total = 0
  for (let m = 0; m < M; m++) {
    let best = 0
    for (let v = 1; v < V; v++) if (logits[m * V + v] > logits[m * V + best]) best = v
    let sum = 0
    for (let v = 0; v < V; v++) sum += Math.exp(logits[m * V + v] - logits[m * V + best])
    lse[m] = logits[m * V + best] + Math.log(sum)
    if (targets[m] === -1) continue
    rows[m] = lse[m] - logits[m * V + targets[m]]
    correct[m] = best === targets[m] ? 1 : 0
    total += rows[m]
    count++
  }
  return { loss: count === 0 ? 0 : total / count, rows, lse, correct, count }
}

/** dlogits [M,V]; dloss is the upstream gradient of the scalar, 1 unless given. */
export function lossBackward(input: LossInput, saved: LossSaved, dloss = 1): Float64Array {
  const { M, V, logits, targets } = input
  const dlogits = new Float64Array(M * V)
  for (let m = 0; m < M; m++) {
    if (targets[m] === -1) continue
    for (let v = 0; v < V; v++) {
      const p = Math.exp(logits[m * V + v] - saved.lse[m])
      dlogits[m * V + v] = (dloss * (p - (v === targets[m] ? 1 : 0))) / saved.count
    }
  }
  return dlogits
}
