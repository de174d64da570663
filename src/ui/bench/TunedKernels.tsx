import { Button, Group, Text } from '@mantine/core'
import { Term } from '../help/Term.tsx'
import { Panel } from '../Panel.tsx'

/** What a tune-up found for a product on this adapter. */
export interface TunedChoice {
  /** The product, such as "16,384 × 384 × 1,536, forward". */
  product: string
  /** The tile that was fastest, such as "128 × 128". */
  tile: string
}

interface TunedKernelsProps {
  choices: TunedChoice[]
  /** Null where nothing is remembered, and so nothing can be forgotten. */
  onForget: (() => void) | null
}

/** The tiles that a tune-up chose on this adapter and that this browser remembers. Nothing is shown where there are none. */
export function TunedKernels({ choices, onForget }: TunedKernelsProps) {
  if (choices.length === 0) return null
  return (
    <Panel title="Tuned kernels">
      <Text size="sm">
        Matrix products can be cut into tiles of several sizes. Which is fastest depends on the machine: a short tune-up tried them, and
        this browser remembers what won for this adapter. The results of training are the same with every <Term word="kernel" />.
      </Text>
      <div className="bench-scroll" tabIndex={0} role="region" aria-label="Tuned products">
        <table className="bench-table">
          <thead>
            <tr>
              <th scope="col">Product</th>
              <th scope="col">Tile</th>
            </tr>
          </thead>
          <tbody>
            {choices.map(({ product, tile }) => (
              <tr key={product}>
                <th scope="row">{product}</th>
                <td>{tile}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <Group gap="sm">
        <Button variant="default" disabled={onForget === null} onClick={() => onForget?.()}>
          Forget tuned kernels
        </Button>
      </Group>
    </Panel>
  )
}
