import { describe, expect, it } from 'vitest'
import type { HeadMeasures } from '../io/recording.ts'
import { namedWiring } from '../model/wiring.ts'
import { LAB_COLUMNS, labRows, sortedRows } from './lab-rows.ts'

const measures = (layer: number, head: number, earlier: number): HeadMeasures => ({
  layer,
  head,
  mass: {},
  mass_values: {},
  slots: [],
  earlier,
  first: 0,
  entropy: 0,
  contribution: 0,
  share: 0.5,
})
const reads = namedWiring('joint', { n_layers: 2, n_heads: 2 })
const heads = [measures(0, 0, 0), measures(0, 1, 0), measures(1, 0, 0.2), measures(1, 1, 0.7)]
const effect = { layer: 1, head: 0, step: 3, changes: [], loss: 2, difference: 0.1, interval: 0.05, sequences: 32 }
const rows = labRows(reads, heads, null, { about: 'sweep', sweep: 'mean', heads: [effect] })
const names = (sorted: typeof rows) => sorted.map(({ layer, head }) => `${layer}.${head}`)
const column = (key: string) => LAB_COLUMNS.find((one) => one.key === key) ?? LAB_COLUMNS[0]

describe('the rows of the lab', () => {
  it('know their kind, and what was asked about them', () => {
    expect(rows.map(({ kind }) => kind)).toEqual(['own', 'own', 'measured', 'measured'])
    expect(rows.map((row) => column('effect').value(row))).toEqual([null, null, 0.1, null])
    expect(column('effect').text(0.1, rows[2])).toBe('+0.10 ± 0.05 nats')
  })

  it('are sorted, those without a value last either way', () => {
    expect(names(sortedRows(rows, column('earlier'), false))).toEqual(['1.1', '1.0', '0.0', '0.1'])
    expect(names(sortedRows(rows, column('earlier'), true))).toEqual(['0.0', '0.1', '1.0', '1.1'])
    expect(names(sortedRows(rows, column('effect'), true))[0]).toBe('1.0')
    expect(names(sortedRows(rows, column('effect'), false))[0]).toBe('1.0')
  })
})
