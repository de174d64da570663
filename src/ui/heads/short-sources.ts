import type { HeadRow } from '../../store/reads-back.ts'

/** The layers below that a wired head reads, as short as it goes: "↓0". */
export const shortSources = (row: Pick<HeadRow, 'slots'>): string =>
  `↓${[...new Set(row.slots.map((slot) => Math.min(...slot)))].join(' ')}`
