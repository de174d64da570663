/**
 * A kernel is a WGSL file and one of its entry points. Binding numbers, access modes and the order of `Params` are read from the text, so that nobody
 * types them twice; a launcher that disagrees with its shader throws by name. Knows no tensors.
 */

import { withoutComments } from './shader-text.ts'

export type Access = 'read' | 'read_write'

export interface Binding {
  name: string
  index: number
  access: Access
}

export interface ParamField {
  name: string
  type: 'u32' | 'i32' | 'f32'
}

export interface Kernel {
  /** File and entry point, for messages and profiles. */
  name: string
  entry: string
  code: string
  /** Storage bindings that this entry point uses, in the order of their numbers. */
  bindings: Binding[]
  /** The number of the uniform `Params`, where the entry point uses it. */
  paramsIndex: number | undefined
  params: ParamField[]
  /** The fields of `Params` that this entry point reads: each needs a value. */
  needed: Set<string>
  overrides: Set<string>
}

const BINDING = /@group\(0\)\s*@binding\((\d+)\)\s*var<(storage|uniform)(?:,\s*(read|read_write))?>\s*(\w+)\s*:/g
const OVERRIDE = /\boverride\s+(\w+)\s*:/g
// Not behind a dot: members are not names.
const WORD = /(?<![.\w])[A-Za-z_]\w*\b/g
const FUNCTION = /\bfn\s+(\w+)\s*\(/g

/** The body of each function by name: from its parameter list to the brace that closes it. */
function functionBodies(code: string): Map<string, string> {
  const bodies = new Map<string, string>()
  for (const match of code.matchAll(FUNCTION)) {
    let depth = 0
    let end = code.indexOf('{', match.index)
    do {
      if (code[end] === '{') depth++
      else if (code[end] === '}') depth--
      end++
    } while (depth > 0 && end < code.length)
    bodies.set(match[1], code.slice(match.index + match[0].length, end))
  }
  return bodies
}

/** The bodies of an entry point and of every function that it reaches. */
function reachable(code: string, entry: string): string[] {
  const bodies = functionBodies(code)
  if (!bodies.has(entry)) throw new Error(`The shader has no entry point ${entry}.`)
  const seen = new Set<string>([entry])
  // A set grows while it is walked: what a function calls is visited after it.
  for (const name of seen) for (const [word] of bodies.get(name)?.matchAll(WORD) ?? []) if (bodies.has(word)) seen.add(word)
  return [...bodies].filter(([name]) => seen.has(name)).map(([, body]) => body)
}

/** Module-scope names that a function body uses: its words, less members and what it declares itself. */
function globalsOf(body: string): Set<string> {
  const local = new Set([...body.matchAll(/\b(?:let|var|const)\s+(\w+)|\b(\w+)\s*:/g)].map((m) => m[1] ?? m[2]))
  return new Set([...body.matchAll(WORD)].map(([word]) => word).filter((word) => !local.has(word)))
}

function paramFields(code: string): ParamField[] {
  const body = /struct\s+Params\s*\{([^}]*)\}/.exec(code)?.[1] ?? ''
  return [...body.matchAll(/(\w+)\s*:\s*(\w+)/g)].map(([, name, type]) => {
    if (type !== 'u32' && type !== 'i32' && type !== 'f32') throw new Error(`Params.${name} is ${type}; only u32, i32 and f32 are packed.`)
    return { name, type }
  })
}

/**
 * `parts` are WGSL texts put one after another: shared snippets first, the kernel's own file last. `prelude` is a few `const` lines for what WGSL cannot
 * size by an override.
 */
export function defineKernel(file: string, entry: string, parts: string[], prelude = ''): Kernel {
  const code = [prelude, ...parts].join('\n')
  const bare = withoutComments(code)
  const used = reachable(bare, entry)
  const globals = new Set(used.flatMap((body) => [...globalsOf(body)]))
  const bindings: Binding[] = []
  let paramsIndex: number | undefined
  for (const [, index, space, access, name] of bare.matchAll(BINDING)) {
    if (!globals.has(name)) continue
    if (space === 'uniform') paramsIndex = Number(index)
    else bindings.push({ name, index: Number(index), access: access === 'read_write' ? 'read_write' : 'read' })
  }
  const overrides = new Set([...bare.matchAll(OVERRIDE)].map((m) => m[1]))
  const params = paramFields(bare)
  const needed = new Set([...used.join('\n').matchAll(/\bparams\.(\w+)/g)].map((m) => m[1]))
  return { name: `${file}.${entry}`, entry, code, bindings, paramsIndex, params, needed, overrides }
}

/** Values by name, packed in the shader's own order. Throws when a name is missing or unknown. */
export function packParams(kernel: Kernel, values: Record<string, number>, into: DataView, at: number): void {
  for (const name of Object.keys(values))
    if (!kernel.params.some((p) => p.name === name)) throw new Error(`${kernel.name} has no parameter ${name}.`)
  kernel.params.forEach(({ name, type }, i) => {
    const value = values[name] ?? 0
    if (values[name] === undefined && kernel.needed.has(name)) throw new Error(`${kernel.name} needs the parameter ${name}.`)
    if (type === 'f32') into.setFloat32(at + 4 * i, value, true)
    else if (!Number.isInteger(value) || value < (type === 'i32' ? -(2 ** 31) : 0) || value >= 2 ** (type === 'i32' ? 31 : 32))
      throw new Error(`${kernel.name}: ${name} is ${value}, which does not fit a ${type}.`)
    else if (type === 'i32') into.setInt32(at + 4 * i, value, true)
    else into.setUint32(at + 4 * i, value, true)
  })
}
