import { lastValidation } from '../../store/run-view.ts'
import { shown } from '../../store/session-view.ts'
import { useView } from '../app-context.ts'

/** Whether it has learned, in a sentence with its baseline. */
export function Verdict() {
  const run = useView((view) => shown(view)?.run)
  const last = useView((view) => lastValidation(shown(view)))
  if (!run || !last) return <p className="verdict unit">It is measured on held-out text as training goes on.</p>
  const { vocab_size } = run.config
  const after = `after ${last.step.toLocaleString('en')} steps`
  if (last.accuracy !== undefined)
    return (
      <p className="verdict">
        It answers <b>{(100 * last.accuracy).toFixed(0)} %</b> right on held-out sequences {after}.
      </p>
    )
  const words = Math.exp(last.loss)
  return (
    <p className="verdict">
      On held-out text it is as unsure as among <b>{words.toFixed(1)}</b> equally likely tokens {after}; guessing would be among{' '}
      {vocab_size}.
    </p>
  )
}
