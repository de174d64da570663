/**
 * `generation-bench [baby] [gpt2s] … [--profile]`: `benchGeneration` in Node, one line of JSON a shape. Any preset with a bench shape may be named; baby and gpt2s where
 * none is.
 */
import { openNodeGpu } from '../../src/cli/adapter.ts'
import { print } from '../../src/cli/print.ts'
import { benchGeneration } from './generation-times.ts'

const asked = process.argv.slice(2).filter((name) => name !== '--profile')
const profile = process.argv.includes('--profile')

const gpu = await openNodeGpu()
for (const name of asked.length > 0 ? asked : ['baby', 'gpt2s']) await benchGeneration(gpu, name, profile, print)
process.exit(0)
