/** The pump: step after step while a run goes on, at the pace that is asked for, with breaths between that let messages in. */

export const wait = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds))

export interface PumpParts {
  /** Whether there is a run and nobody has paused it. */
  goesOn: () => boolean
  isFinished: () => boolean
  /** One step, when its turn comes. */
  step: () => Promise<void>
  /** What is due when no step follows. */
  rest: () => Promise<void>
}

export interface Pump {
  /** Pumps until the run rests; does nothing while it pumps already. */
  run: () => Promise<void>
  /** 0 is as many steps a second as the GPU does. */
  setPace: (stepsPerSecond: number) => void
}

/** Milliseconds of steps after which messages are let in. */
const BREATH_EVERY = 8

export function createPump({ goesOn, isFinished, step, rest }: PumpParts): Pump {
  let pumping = false
  let stepsPerSecond = 0
  let nextStepAt = 0
  // Awaiting promises alone would keep messages out.
  const channel = new MessageChannel()
  const breathe = (): Promise<void> =>
    new Promise((resolve) => {
      channel.port1.onmessage = () => resolve()
      channel.port2.postMessage(null)
    })

  /** Waits for the next step's time where a pace is set, in short parts, so that a pause or another pace is heard at once. */
  const pace = async (): Promise<void> => {
    while (goesOn() && stepsPerSecond > 0 && performance.now() < nextStepAt)
      await wait(Math.min(50, Math.max(1, nextStepAt - performance.now())))
    nextStepAt = performance.now() + (stepsPerSecond > 0 ? 1000 / stepsPerSecond : 0)
  }

  return {
    run: async () => {
      if (pumping) return
      pumping = true
      let lastBreath = performance.now()
      try {
        // Once more when somebody resumes, or begins another run, while the last losses are on their way.
        do {
          while (goesOn() && !isFinished()) {
            await step()
            await pace()
            if (performance.now() - lastBreath > BREATH_EVERY) {
              await breathe()
              lastBreath = performance.now()
            }
          }
          await rest()
        } while (goesOn())
      } finally {
        pumping = false
      }
    },
    setPace: (next) => {
      stepsPerSecond = next
      nextStepAt = 0
    },
  }
}
