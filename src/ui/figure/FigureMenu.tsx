import { Button, Menu } from '@mantine/core'
import { saveFile } from '../files.ts'

interface FigureMenuProps {
  /** The files' name without its ending. */
  name: string
  svg: () => string
  csv: () => string
  /** What the button says. */
  text?: string
  /** Where a view has several figures, which one it is; begins with what the button says, so that who speaks to the page finds it. */
  label?: string
  /** There is nothing to save yet. */
  disabled?: boolean
}

/** Saves a figure as a picture or as numbers. */
export function FigureMenu({ name, svg, csv, text = 'Save the figure', label = text, disabled }: FigureMenuProps) {
  return (
    <Menu position="bottom-end" withinPortal={false} shadow="md">
      <Menu.Target>
        <Button variant="default" size="compact-sm" className="figure-menu" aria-label={label} disabled={disabled}>
          {text}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => saveFile(`${name}.svg`, svg(), 'image/svg+xml')}>As SVG, a picture of any size</Menu.Item>
        <Menu.Item onClick={() => saveFile(`${name}.csv`, csv(), 'text/csv;charset=utf-8')}>As CSV, the numbers</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
