/**
 * Pieces of text that a shader uses several times, where a function would have to be handed pointers to its caller's sums: those then lie in memory on some GPUs. In a
 * shader's text
 *
 *     @snippet dot(x, side) { … }
 *
 * is taken out, and each `@dot(y, 1u);` becomes a block of that text with `y` and `1u` in place of the names. A snippet may use another, but not itself.
 */
import { closingBrace, withoutComments } from './shader-text.ts'

const DEFINITION = /@snippet\s+(\w+)\s*\(([^)]*)\)\s*\{/

const listed = (names: string): string[] => names.split(',').map((name) => name.trim())

/** Throws when a use has other than the snippet's number of arguments. */
export function insertSnippets(code: string): string {
  let rest = withoutComments(code)
  for (let found = DEFINITION.exec(rest); found; found = DEFINITION.exec(rest)) {
    const [head, snippet, parameters] = found
    const start = found.index + head.length
    const end = closingBrace(rest, start)
    const body = rest.slice(start, end)
    const names = listed(parameters)
    rest = rest.slice(0, found.index) + rest.slice(end + 1)
    rest = rest.replaceAll(new RegExp(`@${snippet}\\(([^;]*)\\);`, 'g'), (_, given: string) => {
      const values = listed(given)
      if (values.length !== names.length) throw new Error(`@${snippet}(${given}) has ${values.length} arguments, not ${names.length}.`)
      // Not behind a dot: a member may have a parameter's name.
      const any = new RegExp(`(?<![.\\w])(${names.join('|')})\\b`, 'g')
      return `{${body.replaceAll(any, (name) => values[names.indexOf(name)])}}`
    })
  }
  return rest
}
