/** Results of an adapter as they are saved, and the one table of all adapters. Imports nothing: tools read it that know no shaders. */

export interface Result {
  case: string
  /** The largest relative error of any output or gradient. */
  worst: number
  tolerance: number
  /** Which output or gradient, and by which kernels. */
  where: string
  milliseconds: number
}

export const passes = (result: Result): boolean => result.worst <= result.tolerance

export interface Report {
  /** A short name for the column. */
  name: string
  /** What the adapter says it is. */
  adapter: string
  /** Cases that the adapter cannot run, and why. */
  lacking?: string
  results: Result[]
}

const number = (error: number): string => (error === 0 ? '0' : Number.isFinite(error) ? error.toExponential(1) : 'failed')

/** Cases down, adapters across; what is over its tolerance is bold. */
export function markdownTable(reports: Report[]): string {
  const cases = new Map<string, number>()
  for (const { results } of reports) for (const r of results) cases.set(r.case, r.tolerance)
  const cell = (report: Report, name: string): string => {
    const result = report.results.find((r) => r.case === name)
    if (!result) return ''
    return passes(result) ? number(result.worst) : `**${number(result.worst)}**`
  }
  const row = (cells: string[]): string => `| ${cells.join(' | ')} |`
  const worst = reports.map(({ results }) => Math.max(...results.map((r) => (r.tolerance > 0 ? r.worst / r.tolerance : r.worst))))
  return [
    ...reports.map(
      (r) =>
        `- ${r.name}: ${r.adapter}, ${r.results.length} cases, ${r.results.filter((x) => !passes(x)).length} failed${r.lacking ? `; ${r.lacking}` : ''}`,
    ),
    '',
    row(['case', 'tolerance', ...reports.map((r) => r.name)]),
    row(['---', '---', ...reports.map(() => '---')]),
    ...[...cases].map(([name, tolerance]) => row([name, number(tolerance), ...reports.map((r) => cell(r, name))])),
    row(['worst share of a tolerance', '', ...worst.map((w) => w.toFixed(2))]),
  ].join('\n')
}

export function failures(report: Report): string[] {
  return report.results.filter((r) => !passes(r)).map((r) => `${r.case}: ${number(r.worst)} over ${number(r.tolerance)} (${r.where})`)
}
