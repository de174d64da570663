import { MantineProvider } from '@mantine/core'
import { renderToStaticMarkup } from 'react-dom/server'
import { describe, expect, it } from 'vitest'
import type { Curve } from '../../worker/protocol.ts'
import { Curves, type DrawnRun } from './Curves.tsx'

const curve: Curve = {
  training: { step: [1, 2, 3], loss: [4, 3, 2], lr: [1, 1, 1], gradNorm: [1, 1, 1], ms: [10, 20, 30] },
  validation: [{ step: 3, loss: 2.5, accuracy: 0.5 }],
}
const nothing: Curve = { training: { step: [], loss: [], lr: [], gradNorm: [], ms: [] }, validation: [] }
const run = (id: string, of: Curve): DrawnRun => ({ id, name: `run ${id}`, curve: of, colour: 0, primary: true })
const markup = (runs: DrawnRun[], hasAccuracy = false): string =>
  renderToStaticMarkup(
    <MantineProvider>
      <Curves runs={runs} hasAccuracy={hasAccuracy} scrubStep={null} guessing={4.17} />
    </MantineProvider>,
  )
const pictures = (html: string): string[] => [...html.matchAll(/role="img" aria-label="([^"]*)"/g)].map((found) => found[1])

describe('Curves', () => {
  it('draws the loss, and for tasks the accuracy below it', () => {
    expect(pictures(markup([run('a', curve)]))).toEqual(['Curve of the loss against the step'])
    expect(pictures(markup([run('a', curve)], true))).toEqual([
      'Curve of the loss against the step',
      'Curve of the accuracy against the step',
    ])
  })

  it('says where the curve will be before there is one', () => {
    const html = markup([run('a', nothing)])
    expect(pictures(html)).toEqual([])
    expect(html).toContain('press Train')
  })

  it('warns of single seeds only where runs are compared', () => {
    expect(markup([run('a', curve)])).not.toContain('One seed each')
    expect(markup([run('a', curve), run('b', curve)])).toContain('One seed each: not evidence')
  })

  it('speaks exact values to those who do not see the curve', () => {
    expect(markup([run('a', curve)])).toContain('aria-valuetext="step 3: training 2.0000, held-out data 2.5000"')
  })
})
