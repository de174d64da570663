import { describe, expect, it } from 'vitest'
import { snapshotOf } from '../io/recording.ts'
import { inventedRun, inventedSnapshot } from './invented-run.ts'
import { maps } from './invented-session.ts'
import { momentOf, sampleAt } from './moment.ts'
import { openRecording, withMaps, type RunView } from './run-view.ts'

const recorded = (): RunView => openRecording(inventedRun('a', 40).recording)

function live(): RunView {
  const message = maps(60)
  if (message.type !== 'maps') throw new Error('maps are due')
  return withMaps(recorded(), message.maps)
}

describe('momentOf', () => {
  it('is the newest snapshot of a recording, with its own reads', () => {
    const moment = momentOf(recorded(), null)
    const { labels, patterns, heads } = inventedSnapshot(40)
    expect(moment).toEqual({ maps: { step: 40, labels, patterns, reads: recorded().run.config.reads }, heads })
  })

  it('is that which the scrub bar stands at', () => {
    expect(momentOf(recorded(), 0)?.maps.step).toBe(0)
    expect(momentOf(live(), 1)?.maps.step).toBe(40)
  })

  it('is of a live run exact at the newest, and as it is kept when scrubbed to', () => {
    const run = live()
    expect(momentOf(run, null)?.maps.patterns).toBe(run.maps?.patterns)
    const kept = momentOf(run, 2)
    expect(kept?.maps.step).toBe(60)
    if (run.maps) expect(kept?.maps.patterns).toEqual(snapshotOf(run.maps).patterns)
    expect(kept?.heads).toEqual(momentOf(run, null)?.heads)
  })

  it('is nothing before the first maps, and where there is no such moment', () => {
    expect(momentOf({ ...recorded(), snapshots: [] }, null)).toBeNull()
    expect(momentOf(recorded(), 7)).toBeNull()
  })
})

describe('sampleAt', () => {
  it('is the last text up to a step', () => {
    const samples = [1, 10, 100].map((step) => ({ step, prompt: '', text: `${step}` }))
    expect([0, 1, 99, 100, Infinity].map((step) => sampleAt(samples, step)?.step ?? null)).toEqual([null, 1, 10, 100, 100])
  })
})
