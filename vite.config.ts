import react from '@vitejs/plugin-react'
import { defineConfig, type UserConfig } from 'vite'

/** The page, for `npm start`. */
const page: UserConfig = {
  build: { outDir: 'dist/page' },
  preview: { port: 4173, open: !process.env.CI },
}

/** The page and the numerics page beside it, for Playwright and for machines with a GPU. */
const e2e: UserConfig = {
  build: { outDir: 'dist/e2e', rolldownOptions: { input: ['index.html', 'e2e/numerics/index.html'] } },
  preview: { port: 4174, strictPort: true },
}

/** The command line and the checks that run beside it, for machines without npm: only Dawn's binary stays outside. */
const node: UserConfig = {
  ssr: { target: 'node', noExternal: true, external: ['webgpu'] },
  build: {
    ssr: true,
    outDir: 'dist/node',
    copyPublicDir: false,
    rolldownOptions: {
      input: {
        skipscope: 'src/cli/main.ts',
        numerics: 'e2e/numerics/node.ts',
        leaks: 'e2e/leaks-long.ts',
        'products-bench': 'e2e/bench/products.ts',
        'growth-bench': 'e2e/bench/growth.ts',
        'attention-bench': 'e2e/bench/attention.ts',
        'generation-bench': 'e2e/bench/generation.ts',
        'null-experiment': 'e2e/bench/null-experiment.ts',
        'sweep-bench': 'e2e/bench/sweep.ts',
        'held-out': 'e2e/bench/held-out.ts',
        'f16-curve': 'e2e/bench/f16-curve.ts',
      },
      output: { entryFileNames: '[name].mjs' },
    },
  },
}

const modes: Record<string, UserConfig> = { e2e, node }

export default defineConfig(({ mode }) => {
  const chosen = modes[mode] ?? page
  return {
    base: './',
    plugins: [react()],
    worker: { format: 'es' },
    ...chosen,
    build: { target: 'esnext', emptyOutDir: true, chunkSizeWarningLimit: 4096, ...chosen.build },
  }
})
