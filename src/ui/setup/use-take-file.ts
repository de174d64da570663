import { takeBytes } from '../../store/setup/own-text.ts'
import { useApp } from '../app-context.ts'
import { bytesOf } from '../files.ts'

/** Takes a text file as the text to train on; what is wrong with it stands in `textProblem`. */
export function useTakeFile(): (file: File | null) => void {
  const { setup } = useApp()
  return (file) => {
    if (!file) return
    bytesOf(file)
      .then((bytes) => takeBytes(setup, file.name, bytes))
      .catch(() => setup.setState({ textProblem: `"${file.name}" could not be read. Choose another file.` }))
  }
}
