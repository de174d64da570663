/** Module hooks: a specifier that ends in `.wgsl?raw` is a module whose default export is that file's text. */
import { readFileSync } from 'node:fs'

const isShader = (name) => name.endsWith('.wgsl?raw')

export function resolve(specifier, context, next) {
  if (!isShader(specifier)) return next(specifier, context)
  return { url: new URL(specifier, context.parentURL).href, format: 'module', shortCircuit: true }
}

export function load(url, context, next) {
  if (!isShader(url)) return next(url, context)
  const text = readFileSync(new URL(url), 'utf8')
  return { format: 'module', source: `export default ${JSON.stringify(text)}`, shortCircuit: true }
}
