import { Button, Group, NativeSelect, TextInput } from '@mantine/core'
import { useState, type FormEvent } from 'react'
import { settingValue } from '../../store/setup/settings.ts'

export interface Tuning {
  onTune: (change: { lr?: number; stepsPerSecond?: number }) => void
  /** A run goes on, so that a change acts. */
  running: boolean
  /** The rate of the latest step; null before the first. */
  latestLr: number | null
  /** The schedule's peak, which is what may be changed; null where nothing is trained. */
  peakLr: number | null
  /** Steps a second at most, as last asked for; 0 is as fast as it goes. */
  pace: number
}

const PACES = [
  { value: '0', label: 'as fast as possible' },
  { value: '10', label: '10 steps a second' },
  { value: '2', label: '2 steps a second' },
  { value: '1', label: '1 step a second' },
]

const shown = (lr: number): string => `${Number(lr.toPrecision(3))}`

function rateLine(latest: number | null, peak: number | null): string {
  if (peak === null) return 'Nothing is being trained yet.'
  return `The peak is ${shown(peak)}; ${latest === null ? 'no step has been taken yet' : `the latest step went at ${shown(latest)}`}.`
}

/** What may change while a run goes on: the learning rate and the pace. */
export function WhileTraining({ onTune, running, latestLr, peakLr, pace }: Tuning) {
  const [typed, setTyped] = useState('')
  const [problem, setProblem] = useState<string | null>(null)
  const apply = (event: FormEvent) => {
    event.preventDefault()
    try {
      onTune({ lr: Number(settingValue('lr', typed)) })
      setTyped('')
      setProblem(null)
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error))
    }
  }
  return (
    <div className="setup-tuning">
      <form onSubmit={apply}>
        <TextInput
          size="xs"
          label="Peak learning rate from now on"
          description={rateLine(latestLr, peakLr)}
          inputWrapperOrder={['label', 'input', 'error', 'description']}
          inputMode="decimal"
          placeholder={peakLr === null ? undefined : shown(peakLr)}
          value={typed}
          error={problem}
          disabled={!running}
          rightSectionWidth={64}
          rightSection={
            <Button type="submit" size="compact-xs" variant="default" disabled={!running || typed.trim() === ''}>
              Apply
            </Button>
          }
          onChange={(event) => {
            setTyped(event.currentTarget.value)
            setProblem(null)
          }}
        />
        <Group gap="xs" mt={6}>
          {[0.5, 2].map((factor) => (
            <Button
              key={factor}
              size="compact-xs"
              variant="default"
              disabled={!running || peakLr === null || peakLr === 0}
              onClick={() => onTune({ lr: (peakLr ?? 0) * factor })}
            >
              {factor < 1 ? 'Halve the rate' : 'Double the rate'}
            </Button>
          ))}
        </Group>
      </form>
      <NativeSelect
        size="xs"
        label="Pace"
        description="Slow it down to watch single steps; the result is the same."
        inputWrapperOrder={['label', 'input', 'error', 'description']}
        data={PACES}
        value={`${pace}`}
        disabled={!running}
        onChange={(event) => onTune({ stepsPerSecond: Number(event.currentTarget.value) })}
      />
    </div>
  )
}
