/** Sizes, dates and steps of kept runs as text. */
import { datasetTitle, wiringTitle, type KeptRun } from '../../store/kept-run.ts'

/** Bytes as MB or GB (of 1024), never fewer than two digits. */
export function sizeText(bytes: number): string {
  const [size, unit] = bytes < 1000 * 2 ** 20 ? [bytes / 2 ** 20, 'MB'] : [bytes / 2 ** 30, 'GB']
  if (size < 0.05) return bytes === 0 ? '0 MB' : 'under 0.1 MB'
  return `${size < 100 ? size.toFixed(1) : Math.round(size)} ${unit}`
}

export const dateText = (date: string): string => new Date(date).toLocaleString('en-GB', { dateStyle: 'medium', timeStyle: 'short' })

/** The last step that a run was asked to make. */
export const plannedSteps = ({ request, recording }: KeptRun): number => request?.until ?? recording.settings.steps

export const lossText = (loss: number | null): string =>
  loss === null ? 'not measured' : Number.isFinite(loss) ? loss.toFixed(3) : 'not finite'

/** "joint on Moby Dick". */
export const runInWords = ({ recording: { wiring, dataset } }: KeptRun): string => `${wiringTitle(wiring)} on ${datasetTitle(dataset)}`
