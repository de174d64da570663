import { useEffect, useState } from 'react'
import { takeBytes } from '../store/setup/own-text.ts'
import { useApp } from './app-context.ts'
import { bytesOf } from './files.ts'

const hasFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') ?? false

/** Files may be dropped anywhere: a zip is a model to import, anything else a text to train on. */
export function DropTarget() {
  const { session, setup, importFolder } = useApp()
  const [over, setOver] = useState(false)
  useEffect(() => {
    const take = async (file: File): Promise<void> => {
      const bytes = await bytesOf(file)
      if (/\.zip$/i.test(file.name)) return importFolder(bytes)
      takeBytes(setup, file.name, bytes)
      const { textProblem } = setup.getState()
      if (textProblem !== null) session.complain(textProblem)
    }
    const drag = (event: DragEvent) => {
      if (!hasFiles(event)) return
      event.preventDefault()
      setOver(true)
    }
    const leave = (event: DragEvent) => {
      if (event.relatedTarget === null) setOver(false)
    }
    const drop = (event: DragEvent) => {
      setOver(false)
      const file = event.dataTransfer?.files[0]
      if (!file || event.defaultPrevented) return
      event.preventDefault()
      take(file).catch((error: unknown) =>
        session.complain(error instanceof Error ? error.message : `"${file.name}" could not be read. Choose another file.`),
      )
    }
    window.addEventListener('dragover', drag)
    window.addEventListener('dragleave', leave)
    window.addEventListener('drop', drop)
    return () => {
      window.removeEventListener('dragover', drag)
      window.removeEventListener('dragleave', leave)
      window.removeEventListener('drop', drop)
    }
  }, [session, setup, importFolder])
  return over ? <div className="drop-hint">Drop a text to train on, or the zip of a model to import</div> : null
}
