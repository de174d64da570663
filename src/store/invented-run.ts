/** Runs for tests: like real ones in every field, with nothing trained. */
import type { Recording, Snapshot } from '../io/recording.ts'
import { configOf, parseSettings, presetNamed } from '../model/config.ts'
import { namedWiring, type WiringOptions } from '../model/wiring.ts'
import type { KeptRun } from './kept-run.ts'

export const inventedSnapshot = (step: number): Snapshot => ({
  step,
  labels: ['a', 'b'],
  heads: [
    {
      layer: 0,
      head: 0,
      mass: { 0: 1 },
      mass_values: { 0: 1 },
      slots: [1],
      earlier: 0,
      first: 0.5,
      entropy: 0.5,
      contribution: 2,
      share: 1,
    },
  ],
  patterns: [[new Uint8Array([255, 0, step % 256, 128])]],
})

interface Choices {
  preset?: string
  wiring?: { name: string } & WiringOptions
  settings?: Record<string, unknown>
  model?: Record<string, unknown>
  recording?: Partial<Recording>
}

/** A run of `step` steps, its held-out loss measured every 20. */
export function inventedRun(id: string, step = 40, { preset = 'smoke', wiring = { name: 'joint' }, ...more }: Choices = {}): KeptRun {
  const { model, train } = presetNamed(preset)
  const { name, ...options } = wiring
  const shape = { ...model, ...more.model }
  const steps = Array.from({ length: step }, (_, i) => i + 1)
  const settings = parseSettings({ ...train, ...more.settings })
  return {
    id,
    name: '',
    notes: '',
    step,
    weights: null,
    request: { dataset: { name: 'moby-dick' }, preset, wiring, settings: { steps: settings.steps } },
    recording: {
      date: '2026-05-01T10:00:00.000Z',
      adapter: 'an adapter',
      software: false,
      dataset: 'moby-dick',
      preset,
      wiring: name,
      config: configOf({ ...shape, reads: namedWiring(name, shape, options) }, 65),
      settings,
      curve: {
        training: { step: steps, loss: steps.map(() => 2), lr: steps.map(() => 1e-3), gradNorm: steps.map(() => 1), ms: steps },
        validation: steps.filter((s) => s % 20 === 0).map((s) => ({ step: s, loss: 1 + 80 / s })),
      },
      samples: [{ step, prompt: 'The ', text: 'whale' }],
      snapshots: [inventedSnapshot(0), inventedSnapshot(step)],
      cuts: [
        {
          layer: 1,
          head: 0,
          step,
          changes: [{ ablate: [1, 0], with: 'mean' }],
          loss: 2,
          difference: 0.03,
          interval: 0.01,
          sequences: 8,
        },
      ],
      heldOut: 'Call me Ishmael.',
      ...more.recording,
    },
  }
}
