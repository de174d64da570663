import { Stack, Text } from '@mantine/core'
import { useView } from '../app-context.ts'
import { Panel } from '../Panel.tsx'
import { AskButton } from './AskButton.tsx'

/** LLM-Drop: how little each sublayer changes the stream. */
export function LayersView() {
  const known = useView((view) => view.lab.answers.layers)
  return (
    <Panel title="How much each layer changes the stream">
      <Stack gap="sm">
        <Text size="sm">
          One minus the cosine between the stream before and after a sublayer, the residual included, averaged over tokens (LLM-Drop, arXiv
          2406.15786). The less a sublayer changes, the likelier it can be dropped.
        </Text>
        <AskButton question={{ about: 'layers' }}>Score the layers</AskButton>
        {known && (
          <table aria-label="Scores of the layers">
            <thead>
              <tr>
                {['Layer', 'Attention', 'MLP', 'Block'].map((column) => (
                  <th key={column} scope="col">
                    {column}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {known.answer.layers.map(({ layer, attn, mlp, block }) => (
                <tr key={layer}>
                  <th scope="row">{layer}</th>
                  {[attn, mlp, block].map((score, i) => (
                    <td key={i}>{score.toFixed(4)}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </Stack>
    </Panel>
  )
}
