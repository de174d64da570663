/** The app for all components, and hooks that pick from its stores. */
import { createContext, useContext } from 'react'
import { useStore } from 'zustand'
import type { App } from '../store/app.ts'
import type { SessionView } from '../store/session-view.ts'
import type { Setup } from '../store/setup.ts'

export const AppContext = createContext<App | null>(null)

export function useApp(): App {
  const app = useContext(AppContext)
  if (!app) throw new Error('useApp needs an AppContext around the component.')
  return app
}

export const useView = <Picked>(pick: (view: SessionView) => Picked): Picked => useStore(useApp().session.store, pick)

export const useSetup = <Picked>(pick: (setup: Setup) => Picked): Picked => useStore(useApp().setup, pick)
