/**
 * Kernels over buffers of f16. A shader is written for f32 alone; where a binding's memory holds f16, its text is rewritten: the binding becomes an array of f16, what is
 * read of it is converted to f32 at once, and what is written is converted last. So all arithmetic, and every sum, stays in f32. A launch without such memory keeps its
 * kernel, text and all.
 */
import type { Kernel } from './kernel.ts'
import type { Launch } from './launch.ts'
import { closingBracket, withoutComments } from './shader-text.ts'

const DECLARATION = /(var<storage,\s*read(?:_write)?>\s*(\w+)\s*:\s*array<)(\w+)>/g
const ALIAS = /\balias\s+(\w+)\s*=\s*(\w+)\s*;/g
const ASSIGNMENT = /^\s*(\+?)=(?!=)/
const HALVES: Readonly<Record<string, string>> = { f32: 'f16', vec4f: 'vec4h' }

/**
 * `names`: the bindings that hold f16. Throws where a binding's elements are neither numbers nor vectors of four. A variable that hides such a binding and is indexed does
 * not compile.
 */
export function withHalves(code: string, names: ReadonlySet<string>): string {
  const bare = withoutComments(code)
  const aliases = new Map([...bare.matchAll(ALIAS)].map(([, name, type]) => [name, type]))
  /** The types of a binding's elements: in registers, and in memory. */
  const types = new Map<string, { wide: string; half: string }>()
  const declared = bare.replaceAll(DECLARATION, (text, head: string, name: string, wide: string) => {
    if (!names.has(name)) return text
    const half = HALVES[aliases.get(wide) ?? wide]
    if (half === undefined) throw new Error(`The elements of ${name} are ${wide}: only f32 and vec4f are stored as f16.`)
    types.set(name, { wide, half })
    return `${head}${half}>`
  })
  for (const name of names) if (!types.has(name)) throw new Error(`The shader has no binding ${name}.`)
  const use = new RegExp(`(?<![.\\w])(${[...names].join('|')})\\[`)

  const convert = (text: string): string => {
    const found = use.exec(text)
    if (!found) return text
    const [{ length }, name] = found
    const { wide, half } = types.get(name) ?? { wide: '', half: '' }
    const open = found.index + length
    const close = closingBracket(text, open)
    const before = text.slice(0, found.index)
    const after = text.slice(close + 1)
    const element = `${name}[${convert(text.slice(open, close))}]`
    const read = `${wide}(${element})`
    const assignment = ASSIGNMENT.exec(after)
    if (!assignment) return before + read + convert(after)
    const end = after.indexOf(';')
    const value = convert(after.slice(assignment[0].length, end)).trim()
    return `${before}${element} = ${half}(${assignment[1] ? `${read} + ${value}` : value})${convert(after.slice(end))}`
  }
  return `enable f16;\n${convert(declared)}`
}

const variants = new WeakMap<Kernel, Map<string, Kernel>>()

/** The launch with a kernel for the memory that it is bound to. One kernel object for each kernel and its f16 bindings: pipelines are found by it. */
export function forItsMemory(launch: Launch): Launch {
  const names = Object.entries(launch.regions).flatMap(([name, region]) => (region?.storage.f16 ? [name] : []))
  if (names.length === 0) return launch
  let known = variants.get(launch.kernel)
  if (!known) variants.set(launch.kernel, (known = new Map<string, Kernel>()))
  const key = names.sort().join()
  let kernel = known.get(key)
  if (!kernel) known.set(key, (kernel = { ...launch.kernel, code: withHalves(launch.kernel.code, new Set(names)) }))
  return { ...launch, kernel }
}
