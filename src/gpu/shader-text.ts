/** Reading and rewriting a shader's text. */

/** Braces and brackets in comments would count. */
export const withoutComments = (code: string): string => code.replaceAll(/\/\/[^\n]*/g, '')

/** Where what was opened before `from` closes. */
function closingOf(code: string, from: number, open: string, close: string): number {
  let depth = 1
  for (let i = from; i < code.length; i++) {
    if (code[i] === open) depth++
    else if (code[i] === close && --depth === 0) return i
  }
  throw new Error(`A ${open} of a shader is never closed.`)
}

export const closingBrace = (code: string, from: number): number => closingOf(code, from, '{', '}')

export const closingBracket = (code: string, from: number): number => closingOf(code, from, '[', ']')

/** Every `NAME[index]` of the given names becomes what `by` makes of it; indices are rewritten first. */
export function replaceElements(code: string, names: readonly string[], by: (name: string, index: string) => string): string {
  if (names.length === 0) return code
  const use = new RegExp(`(?<![.\\w])(${names.join('|')})\\[`)
  let done = ''
  let rest = code
  for (let found = use.exec(rest); found; found = use.exec(rest)) {
    const open = found.index + found[0].length
    const close = closingBracket(rest, open)
    done += rest.slice(0, found.index) + by(found[1], replaceElements(rest.slice(open, close), names, by))
    rest = rest.slice(close + 1)
  }
  return done + rest
}
