/** The tabs of the page. `what` names what a tab shows, in other words than the choices above have: each of those is found by its label alone. */
export const PLACES = [
  { id: 'watch', title: 'Watch', what: 'The run as it goes' },
  { id: 'wiring', title: 'Wiring', what: 'Which layers every head reads' },
  { id: 'data', title: 'Data', what: 'What is trained on' },
  { id: 'settings', title: 'Settings', what: 'How it is trained' },
  { id: 'lab', title: 'Lab', what: 'What heads do, and whether it matters' },
  { id: 'experiments', title: 'Experiments', what: 'Which settings are better, beyond chance' },
  { id: 'runs', title: 'Runs', what: 'What this browser keeps' },
  { id: 'speed', title: 'Speed', what: 'How fast this machine is' },
] as const

export type Place = (typeof PLACES)[number]['id']
