/** The suite in Node without a test runner: `numerics.mjs [report.json [SHARE]]` prints the table as Markdown and exits with 1 when a case fails. SHARE: 0/2 for the first half of the cases. */
import { writeFileSync } from 'node:fs'
import { openNodeGpu } from '../../src/cli/adapter.ts'
import { failures, markdownTable, type Report } from './report.ts'
import { lackingOn, runSuite, shareOf } from './suite.ts'

const report: Report & { kernels: string[] } = { name: process.env.SKIPSCOPE_ADAPTER ?? 'Node', adapter: '', results: [], kernels: [] }

async function open(limits: 'adapter' | 'default') {
  process.env.SKIPSCOPE_LIMITS = limits
  const gpu = await openNodeGpu({ f16: true })
  report.adapter = gpu.description
  report.lacking = lackingOn(gpu)
  return gpu
}

const [file, share] = process.argv.slice(2)
for await (const result of runSuite(open, { share: shareOf(share), launched: (kernels) => (report.kernels = kernels) })) {
  report.results.push(result)
  process.stderr.write(`${result.worst.toExponential(1)}  ${Math.round(result.milliseconds)} ms  ${result.case}\n`)
}
process.stdout.write(`${markdownTable([report])}\n`)
if (file) writeFileSync(file, JSON.stringify(report, null, 1))
if (share)
  process.stderr.write('Of the entry points nothing is said: a part of the cases has not all of them. The report has its kernels.\n')
const failed = failures(report)
for (const line of failed) process.stderr.write(`${line}\n`)
process.exit(failed.length > 0 ? 1 : 0)
