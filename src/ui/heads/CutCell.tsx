import { Button } from '@mantine/core'
import type { CutResult } from '../../io/recording.ts'
import { cutNumbers, verdictOf } from '../../store/reads-back-words.ts'

interface HeadPlace {
  layer: number
  head: number
}

export interface CutState {
  /** The head that is being measured. */
  cutting: HeadPlace | null
  /** Null where nothing can be cut; then `cutReason` says why. */
  onCut: ((layer: number, head: number) => void) | null
  cutReason?: string
}

interface CutButtonProps extends CutState, HeadPlace {
  /** The accessible name; it begins with what is to be read. */
  name: string
  size: 'compact-xs' | 'sm'
}

/** Measures what the loss becomes without a head's way back; one at a time. */
export function CutButton({ layer, head, name, size, cutting, onCut, cutReason }: CutButtonProps) {
  const isThis = cutting?.layer === layer && cutting.head === head
  return (
    <Button
      className="heads-cut-button"
      size={size}
      variant="default"
      aria-label={isThis ? `Measuring… (${name})` : name}
      title={
        onCut ? 'Closes its way back for one measurement of the held-out loss. The head stays, and nothing is trained again.' : cutReason
      }
      disabled={!onCut || cutting !== null}
      onClick={() => onCut?.(layer, head)}
    >
      {isThis ? 'Measuring…' : 'Cut'}
    </Button>
  )
}

const SHORT = { hurts: 'matters', little: 'matters a little', helps: 'better without', unclear: 'no clear change' }

/** What a cut gave, with the step of the weights. */
export function CutNumbers({ cut }: { cut: CutResult | null }) {
  if (!cut) return <span className="heads-soft">not cut yet</span>
  return (
    <span className="heads-cut-result">
      <span data-value={cut.difference} data-interval={cut.interval} className="heads-number">
        {cutNumbers(cut)}
      </span>
      <span className="heads-soft">
        {SHORT[verdictOf(cut)]}, step {cut.step}
      </span>
    </span>
  )
}
