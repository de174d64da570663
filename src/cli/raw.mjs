/** Lets Node import `*.wgsl?raw` and `*.py?raw` as Vite does, so that the command line needs no build: `node --import ./src/cli/raw.mjs`. */
import * as module from 'node:module'
import { load, resolve } from './raw-hooks.mjs'

// Node 22.15 and later have hooks in the same thread, which the TypeScript loader uses there; whoever registers last is asked first.
if (module.registerHooks) module.registerHooks({ load, resolve })
else module.register('./raw-hooks.mjs', import.meta.url)
