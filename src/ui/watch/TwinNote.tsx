import { useStore } from 'zustand'
import { TWIN_OF } from '../../store/origins.ts'
import { shown } from '../../store/session-view.ts'
import { useApp, useView } from '../app-context.ts'

/** The run and its twin in two numbers, at the last step that both were measured at. */
export function TwinNote() {
  const { store } = useApp()
  const original = useStore(store, (view) => view.overlays.find(({ id }) => id === TWIN_OF))
  const state = useView((view) => view.state)
  const validation = useView((view) => (view.recording === null ? shown(view)?.curve.validation : undefined))
  if (!original || !validation) return null
  const own = validation.findLast(({ step }) => original.curve.validation.some((point) => point.step === step))
  const other = original.curve.validation.find(({ step }) => step === own?.step)
  if ((!own || !other) && (state === 'done' || state === 'stopped'))
    return (
      <p className="twin-note">
        The twin and {original.name} were measured on held-out data at no step in common: compare their training loss above.
      </p>
    )
  if (!own || !other)
    return <p className="twin-note">The standard twin trains; its held-out loss will stand here beside that of {original.name}.</p>
  const difference = other.loss - own.loss
  return (
    <p className="twin-note">
      Held-out loss after {own.step.toLocaleString('en')} steps: <b>{own.loss.toFixed(4)}</b> with the standard wiring,{' '}
      <b>{other.loss.toFixed(4)}</b> with {original.name}: {Math.abs(difference).toFixed(4)} nats {difference < 0 ? 'better' : 'worse'} than
      the twin. One seed each, so this is not evidence yet: another seed may turn it round.
    </p>
  )
}
