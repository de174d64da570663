/** Writes out every loop marked @unroll, outer ones first. Comments are left out. Throws when a bound is unknown. */
import { closingBrace, withoutComments } from './shader-text.ts'

/**
 * Loops that must be unrolled. WGSL has no way to ask for it, and register arrays that a variable indexes lie in memory instead of registers on every GPU tried.
 * In a shader's text a loop of the form
 *
 *     @unroll for (var g = 0u; g < COUNT; g++) { … }
 *
 * is written out COUNT times, each time as a block with `0u`, `1u`, … in place of the variable. COUNT is a whole number or one of the given constants.
 * Without the word @unroll the text is plain WGSL, and means the same.
 */
const LOOP = /@unroll\s+for\s*\(\s*var\s+(\w+)\s*=\s*0u\s*;\s*\1\s*<\s*(\w+)\s*;\s*\1\+\+\s*\)\s*\{/

export function unroll(code: string, constants: Record<string, number>): string {
  let rest = withoutComments(code)
  for (let found = LOOP.exec(rest); found; found = LOOP.exec(rest)) {
    const [head, variable, bound] = found
    const times = /^\d+u?$/.test(bound) ? parseInt(bound) : constants[bound]
    if (times === undefined) throw new Error(`A loop marked @unroll runs to ${bound}, which is no given constant.`)
    const start = found.index + head.length
    const end = closingBrace(rest, start)
    const body = rest.slice(start, end)
    // Not behind a dot: a member may have the variable's name.
    const name = new RegExp(`(?<![.\\w])${variable}\\b`, 'g')
    const copies = Array.from({ length: times }, (_, i) => `{${body.replaceAll(name, `${i}u`)}}`)
    rest = rest.slice(0, found.index) + copies.join('\n') + rest.slice(end + 1)
  }
  return rest
}

/** The same text with these loops as loops: processors' drivers take long to compile what is written out, and index memory anyway. */
export const asLoops = (code: string): string => code.replaceAll(/@unroll\s+/g, '')
