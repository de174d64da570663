import { Tabs } from '@mantine/core'
import { LAB_PARTS } from '../inside/parts.ts'

/** What the model as it stands does inside, and what breaks without its parts. */
export function LabTab() {
  return (
    <Tabs defaultValue={LAB_PARTS[0].id} variant="pills" keepMounted={false}>
      <Tabs.List>
        {LAB_PARTS.map(({ id, title }) => (
          <Tabs.Tab key={id} value={id}>
            {title}
          </Tabs.Tab>
        ))}
      </Tabs.List>
      {LAB_PARTS.map(({ id, Content }) => (
        <Tabs.Panel key={id} value={id} pt="sm">
          <Content />
        </Tabs.Panel>
      ))}
    </Tabs>
  )
}
