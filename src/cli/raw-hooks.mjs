/** Module hooks: a specifier that ends in `?raw` is a module whose default export is that file's text. Shaders and the model in PyTorch come so. */
import { readFileSync } from 'node:fs'

const isRaw = (name) => /\.(?:wgsl|py)\?raw$/.test(name)

export function resolve(specifier, context, next) {
  if (!isRaw(specifier)) return next(specifier, context)
  return { url: new URL(specifier, context.parentURL).href, format: 'module', shortCircuit: true }
}

export function load(url, context, next) {
  if (!isRaw(url)) return next(url, context)
  const text = readFileSync(new URL(url), 'utf8')
  return { format: 'module', source: `export default ${JSON.stringify(text)}`, shortCircuit: true }
}
