import type { TokenProbability } from '../../worker/protocol.ts'
import { Explained } from '../Explained.tsx'
import { percentText } from './probability.ts'

interface NextTokensProps {
  tokens: readonly TokenProbability[]
  prompt: string
}

/** The likeliest tokens after the prompt, likeliest first. */
export function NextTokens({ tokens, prompt }: NextTokensProps) {
  return (
    <div>
      <b className="text-title">
        <Explained more="The model gives every token of its vocabulary a probability; these are the highest. Generating is drawing one of them, adding it to the text, and asking again.">
          Likeliest next tokens
        </Explained>
      </b>
      {tokens.length === 0 && (
        <p className="text-soft">
          {prompt === ''
            ? 'Type a prompt, and the tokens that the model expects after it are listed here.'
            : 'What the model expects after the prompt is listed here when training pauses or ends, and when the prompt changes.'}
        </p>
      )}
      <ol aria-label="Likeliest next tokens" className="text-next">
        {tokens.map(({ id, label, probability }) => (
          <li key={id}>
            <code>{label}</code>
            <span className="text-bar">
              <span style={{ width: `${100 * probability}%` }} />
              <small>
                token {id} <data value={probability}>{probability.toFixed(6)}</data>
              </small>
            </span>
            <span className="text-percent">{percentText(probability)}</span>
          </li>
        ))}
      </ol>
    </div>
  )
}
