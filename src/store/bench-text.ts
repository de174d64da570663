/** A benchmark as text, to be passed on: Markdown for people, JSON for programs. */
import { WINDOW } from '../train/windows.ts'
import type { BenchResult, Profile } from '../worker/protocol.ts'
import type { BenchView } from './bench-view.ts'
import { PUBLISHED, PUBLISHED_ON } from './published.ts'

/** "0.0123", "12.3", "1,234". */
export function figureText(value: number): string {
  if (!Number.isFinite(value)) return '-'
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en')
  return Number(value.toPrecision(3)).toString()
}

/** "57.1 %" */
export const percentText = (part: number): string => `${Number((100 * part).toFixed(1))} %`

const row = (cells: (string | number)[]): string => `| ${cells.join(' | ')} |`

function table(head: string[], rows: (string | number)[][]): string {
  // The first column is a name, the others are numbers.
  return [row(head), row(head.map((_, i) => (i === 0 ? '---' : '---:'))), ...rows.map(row)].join('\n')
}

export const RESULT_HEAD = ['Shape', 'ms a step', 'least', 'most', 'Tokens a second', 'TFLOP/s', 'Dispatches', 'Submits', 'Peak MiB']

export const resultCells = (r: BenchResult): string[] => [
  r.config,
  figureText(r.step_ms),
  figureText(r.step_ms_min),
  figureText(r.step_ms_max),
  figureText(r.tokens_per_s),
  figureText(r.tflops),
  figureText(r.dispatches),
  figureText(r.submits),
  figureText(r.peak_gpu_mb),
]

/** Milliseconds a step here and elsewhere, a column for each shape that was timed. */
export function besideOthers(results: BenchResult[]): { head: string[]; rows: string[][] } {
  const shapes = [...new Set(results.map(({ config }) => config))].filter((shape) => PUBLISHED.some(({ step }) => shape in step))
  const here = shapes.map((shape) => figureText(results.find(({ config }) => config === shape)?.step_ms ?? NaN))
  const others = PUBLISHED.map(({ who, step }) => [
    `${who}, on an H200`,
    ...shapes.map((shape) => (typeof step[shape] === 'number' ? figureText(step[shape]) : (step[shape] ?? '-'))),
  ])
  return { head: ['ms a step', ...shapes], rows: shapes.length === 0 ? [] : [['Skipscope, on this adapter', ...here], ...others] }
}

function profileText(shape: string, { kernels, summary }: Profile): string {
  const { ceilings } = summary
  const head = ['Kernel', 'Size', 'Launches', 'µs each', 'ms', 'Share', 'TFLOP/s', 'GB/s', 'Limit', 'Of limit']
  const rows = kernels.map((k) => [
    k.kernel,
    k.shape,
    k.launches,
    figureText(1000 * k.ms),
    figureText(k.total_ms),
    percentText(k.share),
    figureText(k.tflops),
    figureText(k.gb_per_s),
    k.bound,
    percentText(k.of_ceiling),
  ])
  const told = `${summary.dispatches} launches, ${figureText(summary.kernels_ms)} ms one by one, ${figureText(summary.step_ms)} ms in a row; by the ${summary.clock}. Ceilings of this adapter: ${figureText(ceilings.tflops)} TFLOP/s, ${figureText(ceilings.gb_per_s)} GB/s, ${figureText(ceilings.launch_us)} µs a launch.`
  return `### Kernels of ${shape}\n\n${told}\n\n${table(head, rows)}`
}

/** `date` as it is to stand there. */
export function benchMarkdown({ results, profiles }: BenchView, date: string): string {
  const [first] = results
  const facts = first ? `${first.adapter}, ${date}, ${first.wiring} wiring, ${first.dtype}; the median of windows of ${WINDOW} steps.` : ''
  const beside = besideOthers(results)
  return [
    '## Skipscope training steps',
    facts,
    table(RESULT_HEAD, results.map(resultCells)),
    ...(beside.rows.length > 0 ? [`Others, as published (${PUBLISHED_ON}):`, table(beside.head, beside.rows)] : []),
    ...Object.entries(profiles).map(([shape, profile]) => profileText(shape, profile)),
  ]
    .filter((part) => part !== '')
    .join('\n\n')
    .concat('\n')
}

export const benchJson = ({ results, profiles }: BenchView, date: string): string =>
  `${JSON.stringify({ date, results, profiles }, null, 2)}\n`
