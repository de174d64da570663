import { useEffect, useRef } from 'react'
import type { TextSample } from '../../io/recording.ts'

interface SamplesProps {
  samples: readonly TextSample[]
  /** The step that the page is looking at; null is the latest. */
  step: number | null
}

/** What the model wrote of its own accord at growing steps, the newest first; the one that the looked-at step had last is marked. */
export function Samples({ samples, step }: SamplesProps) {
  const list = useRef<HTMLOListElement>(null)
  const marked = samples.findLast((sample) => step !== null && sample.step <= step)
  useEffect(() => {
    const box = list.current
    const item = box?.querySelector<HTMLElement>('[aria-current]')
    // Only the list scrolls: the page stays where the person is.
    if (box && item) box.scrollTop = item.offsetTop - box.clientHeight / 3
  }, [marked])
  return (
    <section className="text-samples">
      <h3>What it wrote as it learned</h3>
      {samples.length === 0 ? (
        <p className="text-soft">
          While it trains, the model writes a few words at growing steps. They gather here, so that you see it go from noise to words.
        </p>
      ) : (
        <>
          <p className="text-soft">
            Newest first. <mark>Marked</mark>: the prompt that it was given.
          </p>
          <ol aria-label="What it wrote as it learned" tabIndex={0} ref={list}>
            {samples.toReversed().map((sample) => (
              <li key={sample.step} aria-current={sample === marked ? 'step' : undefined}>
                <div className="text-step">
                  Step {sample.step}
                  {sample === marked && <span> · at the step you look at</span>}
                </div>
                <div className="text-sample">
                  <mark>{sample.prompt}</mark>
                  {sample.text}
                </div>
              </li>
            ))}
          </ol>
        </>
      )}
    </section>
  )
}
