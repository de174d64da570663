import { Button, Group, Modal } from '@mantine/core'
import { useMediaQuery } from '@mantine/hooks'
import type { ReactNode } from 'react'
import type { ShownMaps } from '../../store/reads-back.ts'
import { headName } from '../../store/reads-back-words.ts'
import { LargeMap } from './LargeMap.tsx'

interface LargeMapDialogProps {
  maps: ShownMaps | null
  /** The head that is shown; null closes the window. */
  at: { layer: number; head: number } | null
  onSelect: (layer: number, head: number) => void
  onClose: () => void
  /** The bar that goes through training. */
  scrub?: ReactNode
  figure?: ReactNode
}

/** A head's map in a window of its own; on a phone it takes the whole screen. */
export function LargeMapDialog({ maps, at, onSelect, onClose, scrub, figure }: LargeMapDialogProps) {
  const isPhone = useMediaQuery('(max-width: 48em)', false, { getInitialValueInEffect: false })
  const slots = at && maps?.reads[at.layer]?.[at.head]
  const heads = maps?.reads.flatMap((row, layer) => row.map((_, head) => ({ layer, head }))) ?? []
  const place = heads.findIndex(({ layer, head }) => layer === at?.layer && head === at.head)
  const step = (by: number, name: string) => (
    <Button
      size="compact-sm"
      variant="default"
      disabled={!heads[place + by]}
      onClick={() => onSelect(heads[place + by].layer, heads[place + by].head)}
    >
      {name}
    </Button>
  )
  return (
    <Modal
      opened={Boolean(maps && at && slots)}
      onClose={onClose}
      title={at ? headName(at) : ''}
      size="min(72rem, 100%)"
      fullScreen={isPhone}
      closeButtonProps={{ 'aria-label': 'Close the large map' }}
      transitionProps={{ duration: 0 }}
    >
      {maps && at && slots && (
        <div className="maps-dialog">
          <Group gap="xs">
            {step(-1, 'Previous head')}
            {step(1, 'Next head')}
            {!scrub && (
              <span className="maps-dialog-step">
                After {maps.step} {maps.step === 1 ? 'step' : 'steps'}
              </span>
            )}
            {figure}
          </Group>
          {scrub}
          <LargeMap layer={at.layer} head={at.head} pattern={maps.patterns[at.layer][at.head]} labels={maps.labels} slots={slots} />
        </div>
      )}
    </Modal>
  )
}
