import './wiring.css'
import { Button, Group } from '@mantine/core'
import { useElementSize } from '@mantine/hooks'
import { useEffect, useRef, useState, type CSSProperties, type KeyboardEvent } from 'react'
import type { CostShape } from '../../model/wiring-cost.ts'
import type { Reads, Slot, WiringOptions } from '../../model/wiring.ts'
import { type Named } from '../../model/wiring-names.ts'
import { csvOf } from '../../io/csv.ts'
import { applyCell, setCell, type Carry, type Reach } from '../../store/wiring-edit.ts'
import { FigureMenu } from '../figure/FigureMenu.tsx'
import { svgOf } from '../figure/svg.ts'
import { Arcs } from './Arcs.tsx'
import { wiringRows } from './arcs.ts'
import { CellEditor } from './CellEditor.tsx'
import { CostBox } from './CostBox.tsx'
import { Legend } from './Legend.tsx'
import { NamedWirings } from './NamedWirings.tsx'
import { ReadsJson } from './ReadsJson.tsx'
import { useHistory } from './use-history.ts'
import { focusCell, WiringGrid, type CellAt } from './WiringGrid.tsx'

/** The height of a layer's row in pixels: the grid's and the arcs'. */
const ROW = 36

export interface WiringEditorProps {
  reads: Reads
  /** The model's shape; `reads` must fit it. */
  config: CostShape
  /** Sequences in a batch, for what the wiring costs in memory. */
  batch: number
  onChange: (reads: Reads) => void
  /** The wiring by name that `reads` is, or null for a custom one. */
  named: Named | null
  onNamed: (name: string, options: WiringOptions) => void
}

const REACH: Record<Reach, (cell: CellAt) => string> = {
  head: ({ head }) => `head ${head} in all layers`,
  layer: ({ layer }) => `all heads of layer ${layer}`,
  all: () => 'all heads of all layers',
}

/** Which layers every head reads: by name, cell by cell, or as JSON; its arcs and its cost are redrawn at once. */
export function WiringEditor({ reads, config, batch, onChange, named, onNamed }: WiringEditorProps) {
  const history = useHistory(reads, onChange)
  const { ref: frame, width } = useElementSize()
  const panel = useRef<HTMLDivElement>(null)
  const grid = useRef<HTMLDivElement>(null)
  const [asked, setAsked] = useState<(CellAt & { byKeyboard: boolean }) | null>(null)
  const [active, setActive] = useState<CellAt | null>(null)
  const [said, setSaid] = useState('')
  // A smaller model may have lost the cell.
  const exists = ({ layer, head }: CellAt): boolean => layer < reads.length && head < reads[0].length
  const opened = asked && exists(asked) ? asked : null

  useEffect(() => {
    if (!asked) return
    if (asked.byKeyboard) panel.current?.querySelector('select')?.focus()
    // On a phone it lies below the grid, perhaps out of sight.
    const top = panel.current?.getBoundingClientRect().top ?? 0
    if (top > 0.7 * window.innerHeight) panel.current?.scrollIntoView({ block: 'start' })
  }, [asked])

  const close = () => {
    if (opened) focusCell(grid.current, opened)
    setAsked(null)
  }
  const step = (which: 'undo' | 'redo') => {
    const can = which === 'undo' ? history.canUndo : history.canRedo
    if (can) history[which]()
    setSaid(can ? (which === 'undo' ? 'Undone.' : 'Done again.') : `Nothing to ${which}.`)
  }
  const change = (cell: CellAt, slots: Slot[]) => {
    onChange(setCell(reads, cell.layer, cell.head, slots))
    setSaid('')
  }
  const apply = (cell: CellAt, reach: Reach, carry: Carry) => {
    onChange(applyCell(reads, cell.layer, cell.head, reach, carry))
    setSaid(`Copied to ${REACH[reach](cell)}.`)
  }
  const svg = () => {
    const drawn = grid.current?.querySelector<SVGElement>('.wiring-arcs')
    if (!drawn) throw new Error('There is no drawing of the wiring to save.')
    // The drawing is narrow, and so must its title be.
    return svgOf(drawn, { title: 'Wiring' })
  }
  const onKeyDown = (event: KeyboardEvent<HTMLDivElement>) => {
    // Text fields have an undo of their own.
    const inText = event.target instanceof HTMLTextAreaElement
    if (!(event.ctrlKey || event.metaKey) || event.altKey || inText) return
    const key = event.key.toLowerCase()
    if (key === 'z') step(event.shiftKey ? 'redo' : 'undo')
    else if (key === 'y') step('redo')
    else return
    event.preventDefault()
  }
  const arcsWidth = width > 0 && width < 560 ? 56 : 48 + 8 * Math.min(12, reads.length)
  const style: CSSProperties & Record<'--wiring-heads', number> = { '--wiring-heads': reads[0].length }
  return (
    <div className="wiring-editor" style={style} onKeyDown={onKeyDown} ref={frame}>
      <p className="wiring-note">
        In an ordinary transformer a head looks at its own layer alone. Here any head may look at earlier layers too, or at these alone.
        What you change holds for the next run.
      </p>
      <NamedWirings size={config} named={named} onNamed={onNamed} />
      <Group gap="xs" className="wiring-tools">
        {(['undo', 'redo'] as const).map((which) => {
          const isOff = which === 'undo' ? !history.canUndo : !history.canRedo
          return (
            <Button
              key={which}
              size="xs"
              variant="default"
              aria-disabled={isOff}
              data-disabled={isOff || undefined}
              aria-keyshortcuts={which === 'undo' ? 'Control+Z' : 'Control+Shift+Z'}
              title={which === 'undo' ? 'Undo (Ctrl+Z)' : 'Redo (Ctrl+Shift+Z)'}
              onClick={() => step(which)}
            >
              {which === 'undo' ? 'Undo' : 'Redo'}
            </Button>
          )
        })}
        <FigureMenu name="wiring" label="Save the figure of the wiring" svg={svg} csv={() => csvOf(wiringRows(reads))} />
        <span role="status" className="wiring-said">
          {said}
        </span>
      </Group>
      <div className="wiring-layout">
        <div className="wiring-picture" ref={grid}>
          <Arcs reads={reads} active={active && exists(active) ? active : opened} width={arcsWidth} row={ROW} />
          <WiringGrid
            reads={reads}
            opened={opened}
            active={active ?? opened}
            onActive={setActive}
            onOpen={(cell, byKeyboard) => setAsked({ ...cell, byKeyboard })}
          />
        </div>
        <div className="wiring-panel" ref={panel} onKeyDown={(event) => event.key === 'Escape' && close()}>
          {opened ? (
            <CellEditor
              key={`${opened.layer}.${opened.head}`}
              layer={opened.layer}
              head={opened.head}
              slots={reads[opened.layer][opened.head]}
              onChange={(slots) => change(opened, slots)}
              onApply={(reach, carry) => apply(opened, reach, carry)}
              onClose={close}
            />
          ) : (
            <p className="wiring-hint">
              Choose a head in the grid to change what it reads. By keyboard: arrow keys move, Enter opens, Escape closes.
            </p>
          )}
        </div>
        <div className="wiring-below">
          <Legend />
          <CostBox reads={reads} shape={config} batch={batch} />
          <ReadsJson reads={reads} onChange={onChange} />
        </div>
      </div>
    </div>
  )
}
