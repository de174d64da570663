/** What every picture that is written as a file needs. */

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }

/** Text as it stands in an SVG file; what XML cannot hold is replaced. */
export const svgText = (text: string): string =>
  text.replace(/[&<>"]/g, (character) => ENTITIES[character]).replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd')

/** A whole file of `width` by `height` pixels on its own ground. */
export const svgFile = (width: number, height: number, ground: string, body: readonly string[]): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif">\n` +
  `<rect width="100%" height="100%" fill="${ground}"/>\n${body.join('\n')}\n</svg>\n`
