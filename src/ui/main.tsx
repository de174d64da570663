/** The page's entry: one app, one React root. */
import '@mantine/core/styles.css'
import './page.css'
import { MantineProvider } from '@mantine/core'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { createApp } from '../store/app.ts'
import { browserHost } from '../store/browser.ts'
import { AppContext } from './app-context.ts'
import { saveFile } from './files.ts'
import { Page } from './Page.tsx'
import { theme } from './theme.ts'

const root = document.getElementById('root')
if (!root) throw new Error('index.html has no element with the id "root" for the page to live in.')

const app = createApp(browserHost(saveFile), window.location.search)

createRoot(root).render(
  <StrictMode>
    <MantineProvider theme={theme} defaultColorScheme="auto">
      <AppContext value={app}>
        <Page />
      </AppContext>
    </MantineProvider>
  </StrictMode>,
)
