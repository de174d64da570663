/** The tabs of the page. */
export const PLACES = [
  { id: 'watch', title: 'Watch' },
  { id: 'wiring', title: 'Wiring' },
  { id: 'data', title: 'Data' },
  { id: 'settings', title: 'Settings' },
  { id: 'runs', title: 'Runs' },
] as const

export type Place = (typeof PLACES)[number]['id']
