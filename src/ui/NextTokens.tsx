import { Text } from '@mantine/core'
import { useSetup, useView } from './app-context.ts'

/** The likeliest tokens after the prompt, likeliest first. */
export function NextTokens() {
  const tokens = useView((view) => view.nextTokens.tokens)
  const prompt = useSetup((all) => all.prompt)
  return (
    <div>
      <Text size="sm" fw={600} mb={4} aria-hidden>
        Likeliest next tokens
      </Text>
      {tokens.length === 0 && (
        <Text size="sm">
          {prompt === ''
            ? 'Type a prompt to see what the model expects after it.'
            : 'Shown when training pauses or ends, and when the prompt changes.'}
        </Text>
      )}
      <ol aria-label="Likeliest next tokens" className="next-tokens">
        {tokens.map(({ id, label, probability }) => (
          <li key={id}>
            <code className="next-label">{label}</code>
            <span className="next-id">token {id}</span>
            <data value={probability}>{probability.toFixed(6)}</data>
            <span className="next-bar" style={{ width: `${100 * probability}%` }} aria-hidden />
          </li>
        ))}
      </ol>
    </div>
  )
}
