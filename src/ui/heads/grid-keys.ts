import { useState, type KeyboardEvent } from 'react'

interface Cell {
  layer: number
  head: number
}

const MOVES: Record<string, (cell: Cell, layers: number, heads: number) => Cell> = {
  // The top layer is drawn first: up is a layer more.
  ArrowUp: ({ layer, head }, layers) => ({ layer: Math.min(layers - 1, layer + 1), head }),
  ArrowDown: ({ layer, head }) => ({ layer: Math.max(0, layer - 1), head }),
  ArrowLeft: ({ layer, head }) => ({ layer, head: Math.max(0, head - 1) }),
  ArrowRight: ({ layer, head }, _, heads) => ({ layer, head: Math.min(heads - 1, head + 1) }),
  Home: ({ layer }) => ({ layer, head: 0 }),
  End: ({ layer }, _, heads) => ({ layer, head: heads - 1 }),
}

export interface GridKeys {
  /** Of the element around the buttons. */
  onKeyDown: (event: KeyboardEvent<HTMLElement>) => void
  /** What the button of a head needs: one of the grid is in the tab order, the arrow keys reach the others. */
  button: (layer: number, head: number) => { tabIndex: number; 'data-cell': string; onFocus: () => void }
}

/** Arrow keys in a grid of layers × heads whose top row is the top layer. */
export function useGridKeys(layers: number, heads: number): GridKeys {
  const [last, setLast] = useState<Cell | null>(null)
  // The grid may come after its first drawing, empty, and a smaller one after it.
  const at = last ?? { layer: layers - 1, head: 0 }
  const here: Cell = { layer: Math.min(at.layer, layers - 1), head: Math.min(at.head, heads - 1) }
  return {
    onKeyDown(event) {
      const move = MOVES[event.key]
      if (!move || event.altKey || event.ctrlKey || event.metaKey) return
      event.preventDefault()
      const { layer, head } = move(here, layers, heads)
      event.currentTarget.querySelector<HTMLElement>(`[data-cell="${layer}.${head}"]`)?.focus()
    },
    button: (layer, head) => ({
      tabIndex: layer === here.layer && head === here.head ? 0 : -1,
      'data-cell': `${layer}.${head}`,
      onFocus: () => setLast({ layer, head }),
    }),
  }
}
