/** Results are JSON lines on stdout; progress goes to stderr. */
export const print = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`)
export const progress = (line: string): void => void process.stderr.write(`${line}\n`)
