/** Tables as files of comma-separated values. */

/** One row of a table: what is null or undefined has no value there. */
export type CsvRow = Record<string, number | string | null | undefined>

const field = (value: string): string => (/[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value)

/**
 * Comma-separated values after RFC 4180: a header of all columns in the order in which the rows first name them, lines that end in CR LF. Numbers are written in
 * full; one without a value, or a column that a row does not have, is empty.
 */
export function csvOf(rows: readonly CsvRow[]): string {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))]
  const lines = [columns, ...rows.map((row) => columns.map((column) => `${row[column] ?? ''}`))]
  return lines.map((line) => `${line.map(field).join(',')}\r\n`).join('')
}
