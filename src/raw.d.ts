/** A file's text: Vite resolves the import in the page and in tests, `src/cli/raw.mjs` on the command line. */
declare module '*.wgsl?raw' {
  const source: string
  export default source
}

declare module '*.py?raw' {
  const source: string
  export default source
}
