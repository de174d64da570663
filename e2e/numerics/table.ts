/** Prints the one table of all saved reports: `npx tsx e2e/numerics/table.ts [report.json …]`, those of test-results/numerics when none is named. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { markdownTable, type Report } from './report.ts'

const FOLDER = 'test-results/numerics'

function isReport(value: unknown): value is Report {
  return (
    typeof value === 'object' &&
    value !== null &&
    'name' in value &&
    'adapter' in value &&
    'results' in value &&
    Array.isArray(value.results)
  )
}

const named = process.argv.slice(2)
const files = named.length > 0 ? named : readdirSync(FOLDER).map((file) => join(FOLDER, file))
const reports = files.map((file) => {
  const report: unknown = JSON.parse(readFileSync(file, 'utf8'))
  if (!isReport(report)) throw new Error(`${file} is no report of the numerics: run "npm run test:numerics" again.`)
  return report
})
console.log(markdownTable(reports))
