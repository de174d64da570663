/** Results are JSON lines on stdout; progress goes to stderr. */
export const print = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`)
/** For a tune-up: once, before it begins. */
export const tuning = (done: number, total: number): void => {
  if (done === 0) progress(`choosing the quickest tiles for ${total} products`)
}
export const progress = (line: string): void => void process.stderr.write(`${line}\n`)
