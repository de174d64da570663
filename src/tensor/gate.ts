/** swiglu: shaders/gate.wgsl. */
import activation from '../../shaders/activation.wgsl?raw'
import text from '../../shaders/gate.wgsl?raw'
import gridText from '../../shaders/grid.wgsl?raw'
import { defineKernel } from '../gpu/kernel.ts'
import { count, once, type Recording, type Tensor } from './recording.ts'

const kernelOf = (entry: string) => once(`gate ${entry}`, () => defineKernel('gate', entry, [gridText, activation, text]))

/** y = silu(a) ⊙ b, all of one shape. */
export function gate(recording: Recording, a: Tensor, b: Tensor): Tensor {
  const n = count(a.shape)
  const y = recording.values('gated', a.shape)
  const workgroups = Math.ceil(n / 64)
  recording.launch({
    kernel: kernelOf('forward'),
    constants: {},
    params: { n },
    regions: { a: a.region, b: b.region, y: y.region },
    workgroups,
  })
  recording.onBackward(() => {
    const da = recording.writeGradient(a)
    const db = recording.writeGradient(b)
    if (da.accumulate || db.accumulate) throw new Error('The inputs of a gate have no other consumer.')
    recording.launch({
      kernel: kernelOf('backward'),
      constants: {},
      params: { n },
      regions: { a: a.region, b: b.region, dy: recording.gradientOf(y).region, da: da.into.region, db: db.into.region },
      workgroups,
    })
  })
  return y
}
