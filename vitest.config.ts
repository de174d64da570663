import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config'

/** Tests on an adapter: e2e/run.mjs runs them once for each, in processes that know no other. */
const onAdapter = (name: string, include: string[]): TestProjectInlineConfiguration => ({
  test: {
    name,
    include,
    environment: 'node',
    pool: 'forks',
    // For the tests that count what is still alive.
    execArgv: ['--expose-gc'],
    // A software adapter uses every core by itself.
    maxWorkers: 1,
    // Software adapters take long to compile kernels that are written out.
    testTimeout: 900_000,
    hookTimeout: 300_000,
  },
})

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
        },
      },
      onAdapter('numerics', ['e2e/numerics/**/*.test.ts', 'src/**/*.numerics.test.ts']),
      onAdapter('golden', ['e2e/*.test.ts']),
    ],
  },
})
