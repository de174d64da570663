/** What the page asks of the model without anybody's press: its next tokens, its maps of the typed text, and what cutting the leading head costs. */
import { createRest, follow, TYPING_REST_MS } from './follow.ts'
import { cutOf, headRows, measuredHeads } from './reads-back.ts'
import type { RunView } from './run-view.ts'
import { hasModel, type Session } from './session.ts'
import { rests, type SessionView } from './session-view.ts'
import type { SetupStore } from './setup.ts'

/** Milliseconds between two measurements that nobody asked for. */
const CUT_EVERY_MS = 20_000

/** Whether training has just come to rest, so that what the model says next is worth asking. */
const cameToRest = (now: SessionView, before: SessionView): boolean =>
  (now.state !== before.state || now.live?.run !== before.live?.run) && rests(now)

/** The measured head that reads back most at the newest snapshot; null where no head has a choice. */
function leadingHead({ run, snapshots }: RunView): { layer: number; head: number } | null {
  const newest = snapshots.at(-1)
  return newest ? (measuredHeads(headRows(run.config.reads, newest.heads, null))[0] ?? null) : null
}

/** Returns what ends it. */
export function askByItself(session: Session, setup: SetupStore): () => void {
  const promptRest = createRest(TYPING_REST_MS)
  const probeRest = createRest(TYPING_REST_MS)
  let lastCut = 0
  /** The cut at rest is still to be asked for: another may be under way, or the heads are not measured yet. */
  let owed = false

  /** The card's number is there without anybody asking, and never asked for so often that training would feel it. */
  const cutLeader = (view: SessionView): void => {
    const head = view.live && hasModel(view) && !view.cutting ? leadingHead(view.live) : null
    if (!head || !view.live || cutOf(view.live.cuts, head)?.step === view.live.step) return
    if (!owed && Date.now() - lastCut < CUT_EVERY_MS) return
    owed = false
    lastCut = Date.now()
    session.cut(head.layer, head.head)
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
    const validated = !begun && now.live?.curve.validation.length !== before.live?.curve.validation.length
    if (owed || validated) cutLeader(now)
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
