/** Token and position embeddings: shaders/embedding.wgsl. */
import text from '../../shaders/embedding.wgsl?raw'
import gridText from '../../shaders/grid.wgsl?raw'
import random from '../../shaders/random.wgsl?raw'
import stateText from '../../shaders/state.wgsl?raw'
import { defineKernel, type Kernel } from '../gpu/kernel.ts'
import { dropoutParams, drops, type Dropout } from './dropout.ts'
import type { Inputs } from './inputs.ts'
import { once, type Recording, type Tensor } from './recording.ts'
import { masksText, vectorPrelude, vectorWidth } from './vectors.ts'

function kernelOf(entry: string, D: number): Kernel {
  const width = vectorWidth(D)
  const prelude = `${vectorPrelude(width)}const STEPS = ${D / width}u;\n`
  return once(`embedding ${entry} ${D}`, () =>
    defineKernel('embedding', entry, [gridText, stateText, random, masksText(width), text], prelude),
  )
}

/** Rows of a token, on the average, from which on a sum is worth several parts. */
const MANY_ROWS = 8
/** Parts of a sum over many rows. */
const PARTS = 8

export interface Embedding {
  /** Rows B·T; position of row r is r mod T, plus the state's. */
  T: number
  /** The order of the rows is for the derivative. */
  inputs: Pick<Inputs, 'rows' | 'tokens' | 'state'> & Partial<Inputs>
  /** [V, D] */
  tokens: Tensor
  /** [context, D] */
  positions?: Tensor
  dropout?: Dropout
  into?: Tensor
}

/** x[B·T, D] = dropout(tokens[token] + positions[t]). */
export function embedding(recording: Recording, op: Embedding): Tensor {
  const M = op.inputs.rows
  const [V, D] = op.tokens.shape
  const x = op.into ?? recording.tensor('embeddings', [M, D])
  const { site: _, ...mask } = dropoutParams(op.dropout)
  const shared = { M, T: op.T, ...mask }
  const steps = D / vectorWidth(D)
  const constants = { POSITIONS: Number(op.positions !== undefined), DROPOUT: Number(drops(recording, op.dropout)) }
  recording.launch({
    kernel: kernelOf('forward', D),
    constants,
    params: shared,
    regions: { tokens: op.inputs.tokens, tok: op.tokens.region, pos: op.positions?.region ?? null, x: x.region, state: op.inputs.state },
    workgroups: Math.ceil((M * steps) / 64),
  })
  recording.onBackward(() => {
    const { order, starts } = op.inputs
    if (!order || !starts) throw new Error('These inputs have no order of the rows by token.')
    const context = op.positions?.shape[0] ?? 0
    const dtok = recording.writeGradient(op.tokens)
    const dpos = op.positions && recording.writeGradient(op.positions)
    const parts = recording.variants.parallel && M / V >= MANY_ROWS ? PARTS : 1
    const items = parts === 1 ? 64 : 256 / parts
    recording.launch({
      kernel: kernelOf(parts === 1 ? 'backward' : 'backward_parts', D),
      constants: {
        ...constants,
        ACCUMULATE: Number(dtok.accumulate),
        ACCUMULATE_POSITIONS: Number(dpos?.accumulate ?? false),
        PARTS: parts,
      },
      params: { ...shared, vocabulary: V, context },
      regions: {
        dx: recording.gradientOf(x).region,
        order,
        starts,
        dtok: dtok.into.region,
        dpos: dpos?.into.region ?? null,
        state: op.inputs.state,
      },
      workgroups: Math.ceil(((V + context) * steps) / items),
    })
  })
  return x
}
