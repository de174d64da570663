/** What the page asks of the model without anybody's press: its next tokens, its maps of the typed text, and what cutting heads costs. */
import { createRest, follow, TYPING_REST_MS } from './follow.ts'
import { cutOf, headRows, measuredHeads, wiredHeads } from './reads-back.ts'
import type { RunView } from './run-view.ts'
import { hasModel, type Session } from './session.ts'
import { rests, type SessionView } from './session-view.ts'
import type { SetupStore } from './setup.ts'

/** Milliseconds between two measurements that nobody asked for while it trains. */
const CUT_EVERY_MS = 20_000
/** How long a finished run's heads are cut one after another without being asked: enough for all of a small model's. */
const SWEEP_MS = 10_000

/** Whether training has just come to rest, so that what the model says next is worth asking. */
const cameToRest = (now: SessionView, before: SessionView): boolean =>
  (now.state !== before.state || now.live?.run !== before.live?.run) && rests(now)

/** The heads that read back at the newest snapshot: those with a choice first, each kind from its top. */
function readingHeads({ run, snapshots }: RunView): { layer: number; head: number }[] {
  const newest = snapshots.at(-1)
  const rows = newest ? headRows(run.config.reads, newest.heads, null) : []
  return [...measuredHeads(rows), ...wiredHeads(rows)]
}

/** Returns what ends it. */
export function askByItself(session: Session, setup: SetupStore): () => void {
  const promptRest = createRest(TYPING_REST_MS)
  const probeRest = createRest(TYPING_REST_MS)
  let lastCut = 0
  /** The cut at rest is still to be asked for: another may be under way, or the heads are not measured yet. */
  let owed = false
  let sweepUntil = 0

  /** The card's number is there without anybody asking, and never asked for so often that training would feel it; a finished run has time for the others. */
  const cutNext = ({ live, cutting, state }: SessionView): void => {
    if (!live || cutting) return
    const sweeps = state === 'done' && Date.now() < sweepUntil
    const heads = readingHeads(live).slice(0, sweeps ? undefined : 1)
    const next = heads.find((head) => cutOf(live.cuts, head)?.step !== live.step)
    if (!next) return
    if (!owed && !sweeps && Date.now() - lastCut < CUT_EVERY_MS) return
    owed = false
    lastCut = Date.now()
    session.cut(next.layer, next.head)
  }

  const leaveSession = follow(session.store, (now, before) => {
    const begun = now.live?.run !== before.live?.run
    const rested = cameToRest(now, before)
    if (begun) {
      lastCut = Date.now()
      if (setup.getState().probe !== '') session.probe(setup.getState().probe)
    }
    // A step under pause changes the model without changing the state.
    const stepped = now.state === 'paused' && now.live?.step !== before.live?.step
    if (rested || stepped) session.askNextTokens(setup.getState().prompt)
    owed = rests(now) && (owed || rested)
    if (rested) sweepUntil = Date.now() + SWEEP_MS
    const validated = !begun && now.live?.curve.validation.length !== before.live?.curve.validation.length
    const cutCame = !begun && now.live?.cuts !== before.live?.cuts
    if (hasModel(now) && (owed || validated || cutCame)) cutNext(now)
  })
  const leaveSetup = follow(setup, (now, before) => {
    if (now.prompt !== before.prompt) promptRest.after(() => session.askNextTokens(now.prompt))
    if (now.probe !== before.probe) probeRest.after(() => session.probe(now.probe))
  })
  return () => {
    leaveSession()
    leaveSetup()
    promptRest.cancel()
    probeRest.cancel()
  }
}
