import './setup.css'
import { useState, type DragEvent } from 'react'
import { BatchLook, type Look } from './BatchLook.tsx'
import { DatasetList } from './DatasetList.tsx'
import { OwnText } from './OwnText.tsx'
import { Part } from './Part.tsx'
import { useTakeFile } from './use-take-file.ts'

const hasFile = (event: DragEvent): boolean => event.dataTransfer.types.includes('Files')

/** What to train on: a text or a task of the catalogue, or a text of one's own, which may also be dropped anywhere on the panel. */
export function DataPanel({ batch, onLook }: Look) {
  const takeFile = useTakeFile()
  const [over, setOver] = useState(false)
  return (
    <div
      className="setup-panel setup-drop"
      data-over={over || undefined}
      onDragOver={(event) => {
        if (!hasFile(event)) return
        event.preventDefault()
        setOver(true)
      }}
      onDragLeave={(event) => {
        if (!(event.relatedTarget instanceof Node && event.currentTarget.contains(event.relatedTarget))) setOver(false)
      }}
      onDrop={(event) => {
        if (!hasFile(event)) return
        event.preventDefault()
        setOver(false)
        takeFile(event.dataTransfer.files.item(0))
      }}
    >
      <Part title="What to train on">
        <DatasetList />
      </Part>
      <Part title="Your own text">
        <OwnText />
      </Part>
      <Part title="A look at what a batch contains">
        <BatchLook batch={batch} onLook={onLook} />
      </Part>
    </div>
  )
}
