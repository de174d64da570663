import { Button } from '@mantine/core'
import { useEffect, useEffectEvent, useId, useState } from 'react'
import './maps.css'

/** Snapshots a second. */
const PACE = 8

interface ScrubBarProps {
  /** The steps of the snapshots, ascending. */
  steps: number[]
  /** The snapshot that is shown; null is the newest, live while the run goes on. */
  index: number | null
  onChange: (index: number | null) => void
  running: boolean
}

/** Goes back through the moments that were kept of a run. */
export function ScrubBar({ steps, index, onChange, running }: ScrubBarProps) {
  const id = useId()
  const [playing, setPlaying] = useState(false)
  const last = steps.length - 1
  const shown = Math.min(index ?? last, last)
  const isPlaying = playing && index !== null

  // The right end follows the run.
  const show = (next: number) => onChange(next >= last ? null : next)

  const advance = useEffectEvent(() => {
    show(shown + 1)
    if (shown + 1 >= last) setPlaying(false)
  })

  // A live run draws this anew many times a second: only a change of the snapshot may set the clock again.
  useEffect(() => {
    if (!isPlaying) return
    const timer = setTimeout(advance, 1000 / PACE)
    return () => clearTimeout(timer)
  }, [isPlaying, shown])

  const play = () => {
    if (index === null) onChange(0)
    setPlaying(true)
  }

  const told = last < 0 ? 'no step yet' : `step ${steps[shown]} of ${steps[last]}`
  return (
    <div className="maps-scrub">
      <Button
        size="compact-sm"
        variant="default"
        aria-pressed={isPlaying}
        disabled={last < 1}
        onClick={() => (isPlaying ? setPlaying(false) : play())}
        leftSection={<span aria-hidden>{isPlaying ? '❚❚' : '▶'}</span>}
      >
        Replay training
      </Button>
      <label htmlFor={id}>Step shown</label>
      <input
        id={id}
        type="range"
        min={0}
        max={Math.max(0, last)}
        step={1}
        value={Math.max(0, shown)}
        disabled={last < 1}
        aria-valuetext={told}
        onChange={(event) => {
          setPlaying(false)
          show(event.currentTarget.valueAsNumber)
        }}
      />
      <output htmlFor={id} className="maps-scrub-step">
        {told}
        {index === null && running ? ', live' : ''}
      </output>
      <Button
        size="compact-sm"
        variant="default"
        disabled={index === null}
        onClick={() => {
          setPlaying(false)
          onChange(null)
        }}
      >
        Newest
      </Button>
    </div>
  )
}
