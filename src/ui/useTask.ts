import { isTask } from '../store/setup/data.ts'
import { useSetup, useView } from './app-context.ts'

/** Whether a prompt is made of a task's symbols: what is asked is the model at hand; before there is one, what would be trained. */
export function useTask(): boolean {
  const asked = useSetup((all) => isTask(all.dataset))
  return useView((view) => view.live?.run.hasAccuracy ?? asked)
}
