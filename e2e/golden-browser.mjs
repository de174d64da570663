/** A command for golden-check.mjs that runs in a page: the arguments are the command line's, the work is done by e2e/numerics/golden.ts there. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** `page` shows the numerics page (with `?golden` it runs nothing by itself). Resolves as a process would. */
export const browserCommand = (page) => async (args, environment) => {
  const [what] = args
  const option = (name) => args[args.indexOf(name) + 1]
  const model = option('--model')
  const base64 = (file) => readFileSync(file).toString('base64')
  const request = {
    what,
    limits: environment.SKIPSCOPE_LIMITS,
    folder: Object.fromEntries(['config.json', 'model.safetensors'].map((name) => [name, base64(join(model, name))])),
    batches: JSON.parse(readFileSync(option('--batches'), 'utf8')),
    rate: Number(option('--lr')),
    changes: args.includes('--changes') ? JSON.parse(readFileSync(option('--changes'), 'utf8')) : [],
  }
  try {
    const answer = await page.evaluate((asked) => window.golden(asked), request)
    if (answer.out !== undefined) writeFileSync(option('--out'), Buffer.from(answer.out, 'base64'))
    return { status: 0, stdout: answer.lines.map((line) => JSON.stringify(line)).join('\n'), stderr: '' }
  } catch (error) {
    return { status: 1, stdout: '', stderr: error.message }
  }
}
