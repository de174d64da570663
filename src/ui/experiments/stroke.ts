/** The colour and dashes of a setting, by its place in the plan. */
import type { Plan } from '../../worker/protocol.ts'
import { runStroke } from '../curves/lines.ts'

export const cellStroke = ({ cells }: Plan, cell: string): { colour: string; dash: string } =>
  runStroke(
    Math.max(
      0,
      cells.findIndex(({ name }) => name === cell),
    ),
  )
