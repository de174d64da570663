/** Lets Node import `*.wgsl?raw` as Vite does, so that the command line needs no build: `node --import ./src/cli/raw.mjs`. */
import { register } from 'node:module'

register('./raw-hooks.mjs', import.meta.url)
