/** The parts of the lab. */
import type { ReactNode } from 'react'
import { DepthPart } from './DepthPart.tsx'
import { HeadsPart } from './HeadsPart.tsx'
import { LayersPart } from './LayersPart.tsx'
import { LensPart } from './LensPart.tsx'
import { MatterPart } from './MatterPart.tsx'

export const LAB_PARTS: { id: string; title: string; Content: () => ReactNode }[] = [
  { id: 'heads', title: 'Heads', Content: HeadsPart },
  { id: 'matter', title: 'Interventions', Content: MatterPart },
  { id: 'lens', title: 'Lens', Content: LensPart },
  { id: 'layers', title: 'Layers', Content: LayersPart },
  { id: 'depth', title: 'Depth map', Content: DepthPart },
]
