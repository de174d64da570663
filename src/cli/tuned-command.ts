/** `tuned`: the tile that the tune-up chose for each product, and forgetting them. */
import { print } from './print.ts'
import { forgetTuned, readTuned } from './tuned-store.ts'

export function tuned({ forget }: { forget?: boolean }): void {
  if (forget) return forgetTuned()
  for (const [adapter, choices] of Object.entries(readTuned()))
    for (const [product, tile] of Object.entries(choices)) print({ adapter, product, tile })
}
