import { Title } from '@mantine/core'
import { useId, type ReactNode } from 'react'
import { wiringCost, type CostShape } from '../../model/wiring-cost.ts'
import type { Reads } from '../../model/wiring.ts'
import { idleLines } from './labels.ts'

function Fact({ name, value, children }: { name: string; value: string; children: ReactNode }) {
  return (
    <div className="wiring-fact">
      <dt>{name}</dt>
      <dd>
        <strong>{value}</strong>
        {children}
      </dd>
    </div>
  )
}

/** 1.75 as "1.75 × standard". */
const times = (ratio: number): string => (ratio === 1 ? 'as standard' : `${Number(ratio.toFixed(2))} × standard`)

export interface CostBoxProps {
  reads: Reads
  shape: CostShape
  /** Sequences in a batch. */
  batch: number
}

/** What the wiring costs beside the standard one. */
export function CostBox({ reads, shape, batch }: CostBoxProps) {
  const heading = useId()
  const cost = wiringCost(reads, shape, batch)
  const heads = shape.n_layers * shape.n_heads
  const projections = 2 * shape.n_layers * shape.n_kv_heads
  return (
    <section className="wiring-cost" aria-labelledby={heading}>
      <Title order={3} size="h5" id={heading}>
        What it costs
      </Title>
      <dl className="wiring-facts">
        <Fact name="Attention work" value={times(cost.attention)}>
          <p>
            {cost.slots} sources for {heads} heads. Everything else in a step costs the same.
          </p>
        </Fact>
        <Fact name="GPU memory in training" value={cost.trainingBytes === 0 ? 'as standard' : `up to +${mebibytes(cost.trainingBytes)}`}>
          <p>
            {cost.layersHeld === 1
              ? 'Gradients of keys and values are held for one layer at a time.'
              : `Gradients of keys and values are kept from their topmost reader down to their own layer: ${cost.layersHeld} layers’ at one time, not 1.`}
          </p>
        </Fact>
        <Fact name="Memory in generation" value="as standard">
          <p>The cache holds keys and values of every layer, read or not. No wiring adds parameters.</p>
        </Fact>
        <Fact name="Keys and values that nobody reads" value={cost.idle.length === 0 ? 'none' : `${cost.idle.length} of ${projections}`}>
          {cost.idle.length === 0 ? (
            <p>Every layer’s keys and values have a reader.</p>
          ) : (
            <>
              <ul>
                {idleLines(cost.idle, { kv: shape.n_kv_heads, query: shape.n_heads }).map((line) => (
                  <li key={line}>{line}</li>
                ))}
              </ul>
              <p>{cost.idleParameters.toLocaleString('en')} parameters that make them get no gradient: they learn nothing.</p>
            </>
          )}
        </Fact>
      </dl>
    </section>
  )
}

const mebibytes = (bytes: number): string => {
  const amount = bytes / 2 ** 20
  return `${amount < 10 ? amount.toFixed(1) : Math.round(amount).toLocaleString('en')} MiB`
}
