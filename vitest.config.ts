import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config'

/** Tests on an adapter: e2e/run.mjs runs them on one or on each, in processes that know no other. */
const onAdapter = (name: string, include: string[], exclude: string[] = []): TestProjectInlineConfiguration => ({
  test: {
    name,
    include,
    exclude,
    environment: 'node',
    pool: 'forks',
    // For the tests that count what is still alive.
    execArgv: ['--expose-gc'],
    // A software adapter uses more than one core by itself, and the other adapter runs beside it.
    maxWorkers: 1,
    // Software adapters take long to compile kernels that are written out.
    testTimeout: 900_000,
    hookTimeout: 300_000,
  },
})

/** On every adapter. */
const GOLDEN = ['e2e/golden.test.ts']
/** Kernels with barriers, in whole models. */
const GPU_KERNELS = ['e2e/gpu-kernels.test.ts']

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['src/**/*.test.ts', 'src/**/*.test.tsx'],
          exclude: ['src/**/*.numerics.test.ts'],
          environment: 'node',
          testTimeout: 20_000,
          // What files import they share, so it is loaded once and not ninety times: modules keep nothing but kernels they have made before.
          isolate: false,
        },
      },
      onAdapter('numerics', ['e2e/numerics/**/*.test.ts', 'src/**/*.numerics.test.ts']),
      onAdapter('golden', GOLDEN),
      onAdapter('gpu-kernels', GPU_KERNELS),
      onAdapter('runs', ['e2e/*.test.ts'], [...GOLDEN, ...GPU_KERNELS]),
    ],
  },
})
