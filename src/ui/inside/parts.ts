/** The parts of the lab. */
import type { ReactNode } from 'react'
import { LayersView } from './LayersView.tsx'

export const LAB_PARTS: { id: string; title: string; Content: () => ReactNode }[] = [{ id: 'layers', title: 'Layers', Content: LayersView }]
