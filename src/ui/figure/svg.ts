/** A live SVG as a file that stands alone: no style sheet, no variable, a ground of its own. */

const NAMESPACE = 'http://www.w3.org/2000/svg'

/** What style sheets may have set and a picture shows. */
const PAINTS = ['fill', 'stroke'] as const
const LOOKS = [
  'stroke-width',
  'stroke-dasharray',
  'stroke-linecap',
  'stroke-linejoin',
  'font-family',
  'font-size',
  'font-weight',
  'text-anchor',
  'dominant-baseline',
] as const

interface Colour {
  /** `#rrggbb`, which every reader of SVG knows. */
  hex: string
  /** 0 to 1. */
  alpha: number
}

/** Any CSS colour as the browser would paint it. */
function painted(css: string): Colour {
  const context = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true })
  if (!context) throw new Error('This browser has no canvas to mix colours on, so the figure cannot be saved. Try another browser.')
  context.fillStyle = css
  context.fillRect(0, 0, 1, 1)
  const [red, green, blue, alpha] = context.getImageData(0, 0, 1, 1).data
  return { hex: `#${[red, green, blue].map((channel) => channel.toString(16).padStart(2, '0')).join('')}`, alpha: alpha / 255 }
}

/** The colour that lies behind an element. */
function groundOf(element: Element): string {
  for (let at: Element | null = element; at; at = at.parentElement) {
    const { hex, alpha } = painted(getComputedStyle(at).backgroundColor)
    if (alpha === 1) return hex
  }
  return '#ffffff'
}

function make(name: string, attributes: Record<string, string | number>, text = ''): SVGElement {
  const element = document.createElementNS(NAMESPACE, name)
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, `${value}`)
  element.textContent = text
  return element
}

/** Writes what the original looks like into its copy's attributes, and so on through what they contain. */
function inline(original: Element, copy: Element): void {
  const style = getComputedStyle(original)
  for (const paint of PAINTS) {
    const value = style.getPropertyValue(paint)
    if (value === 'none' || value.startsWith('url(')) copy.setAttribute(paint, value)
    else {
      const { hex, alpha } = painted(value)
      const opacity = alpha * Number(style.getPropertyValue(`${paint}-opacity`))
      copy.setAttribute(paint, hex)
      copy.removeAttribute(`${paint}-opacity`)
      if (opacity < 1) copy.setAttribute(`${paint}-opacity`, `${+opacity.toFixed(3)}`)
    }
  }
  for (const look of LOOKS) copy.setAttribute(look, style.getPropertyValue(look))
  if (style.opacity !== '1') copy.setAttribute('opacity', style.opacity)
  for (const { name } of [...copy.attributes]) if (/^(class|style|role|tabindex|aria-.*|data-.*)$/.test(name)) copy.removeAttribute(name)
  for (let i = 0; i < original.children.length; i++) inline(original.children[i], copy.children[i])
}

function standalone(element: SVGElement): SVGElement {
  const copy = element.cloneNode(true)
  if (!(copy instanceof SVGElement)) throw new Error('The figure is no SVG.')
  inline(element, copy)
  return copy
}

const LINE = 20
const EDGE = 12

/** The entries of a legend, one behind the other in as many lines as they take: each a small SVG and the words beside it. Gives the height that they need. */
function drawKey(
  figure: SVGElement,
  key: Element,
  top: number,
  width: number,
  text: Record<string, string | number>,
  measure: (words: string) => number,
) {
  let left = EDGE
  let line = 0
  for (const entry of key.children) {
    const swatch = entry.querySelector('svg')
    const words = entry.textContent.trim()
    const room = swatch ? swatch.getBoundingClientRect().width + 6 : 0
    const takes = room + measure(words) + 18
    if (left > EDGE && left + takes > width) {
      left = EDGE
      line++
    }
    const middle = top + line * LINE + LINE / 2
    if (swatch) {
      const mark = standalone(swatch)
      mark.setAttribute('x', `${left}`)
      mark.setAttribute('y', `${middle - swatch.getBoundingClientRect().height / 2}`)
      figure.append(mark)
    }
    figure.append(make('text', { ...text, x: left + room, y: middle + 4 }, words))
    left += takes
  }
  return (line + 1) * LINE + EDGE / 2
}

export interface Around {
  /** A line above the figure. */
  title?: string
  /** The element whose children are the legend's entries. */
  key?: Element | null
}

/** The text of an SVG file that shows `element` as it looks now, in the page's light or dark. */
export function svgOf(element: SVGElement, { title, key }: Around = {}): string {
  const { width, height } = element.getBoundingClientRect()
  const { color, fontFamily } = getComputedStyle(element.parentElement ?? element)
  const text = { fill: painted(color).hex, 'font-family': fontFamily, 'font-size': 12 }
  const context = new OffscreenCanvas(1, 1).getContext('2d')
  if (context) context.font = `12px ${fontFamily}`
  const measure = (words: string): number => context?.measureText(words).width ?? words.length * 7

  const figure = make('svg', { width })
  const ground = make('rect', { width: '100%', height: '100%', fill: groundOf(element) })
  figure.append(ground)
  let y = 0
  if (title) {
    figure.append(make('text', { ...text, 'font-weight': 600, x: EDGE, y: 22 }, title))
    y = 32
  }
  const copy = standalone(element)
  copy.setAttribute('y', `${y}`)
  copy.setAttribute('width', `${width}`)
  copy.setAttribute('height', `${height}`)
  figure.append(copy)
  y += height
  if (key) y += drawKey(figure, key, y, width, text, measure)
  figure.setAttribute('height', `${y}`)
  figure.setAttribute('viewBox', `0 0 ${width} ${y}`)
  return `<?xml version="1.0" encoding="UTF-8"?>\n${new XMLSerializer().serializeToString(figure)}\n`
}
