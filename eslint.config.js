import { defineConfig, globalIgnores } from 'eslint/config'
import reactHooks from 'eslint-plugin-react-hooks'
import tseslint from 'typescript-eslint'

/** What each folder of src may import of the others: imports point one way. An entry with a slash is a single file. */
const MAY_IMPORT = {
  gpu: [],
  tensor: ['gpu'],
  model: ['gpu', 'tensor'],
  data: ['tensor/random.ts', 'model/config.ts', 'model/wiring.ts'],
  io: ['gpu', 'tensor', 'model', 'data', 'train/curve.ts'],
  train: ['gpu', 'tensor', 'model', 'data', 'io'],
  lab: ['gpu', 'tensor', 'model', 'data', 'io', 'train'],
  worker: ['gpu', 'tensor', 'model', 'data', 'io', 'train', 'lab'],
  store: [
    'worker/client.ts',
    'worker/protocol.ts',
    'io/csv.ts',
    'io/recording.ts',
    'io/recording-file.ts',
    'train/curve.ts',
    'train/windows.ts',
    'data',
    'model/config.ts',
    'model/wiring.ts',
    'model/wiring-names.ts',
    'model/changes.ts',
    'lab/experiment/compare.ts',
    'lab/experiment/export.ts',
    'lab/experiment/plan.ts',
    'lab/experiment/ready.ts',
    'lab/experiment/result.ts',
    'lab/experiment/statistics.ts',
  ],
  ui: [
    'store',
    'worker/protocol.ts',
    'io/csv.ts',
    'io/recording.ts',
    'io/snippet.ts',
    'train/curve.ts',
    'train/schedule.ts',
    'train/windows.ts',
    'data',
    'model/config.ts',
    'model/changes.ts',
    'model/wiring.ts',
    'model/wiring-cost.ts',
    'model/wiring-names.ts',
    'lab/experiment/compare.ts',
    'lab/experiment/export.ts',
    'lab/experiment/plan.ts',
    'lab/experiment/ready.ts',
    'lab/experiment/result.ts',
    'lab/experiment/statistics.ts',
  ],
  cli: ['gpu', 'tensor', 'model', 'data', 'io', 'train', 'lab'],
  reference: ['tensor/random.ts', 'model/config.ts', 'model/wiring.ts'],
}
/** What the tests of a folder may import besides: that a request means what was meant is seen where it is read. */
const TESTS_MAY_IMPORT = { store: ['train/setup.ts'] }
const FOLDERS = Object.keys(MAY_IMPORT)
const ENGINE = ['gpu', 'tensor', 'model', 'data', 'io', 'train', 'lab', 'reference']
const escaped = (text) => text.replace(/[.]/g, '\\.')

function direction(folder, isTest) {
  // The oracle is for tests alone.
  const allowed = [...MAY_IMPORT[folder], ...(isTest ? ['reference', ...(TESTS_MAY_IMPORT[folder] ?? [])] : [])]
  const whole = allowed.filter((name) => !name.includes('/'))
  const files = allowed.filter((name) => name.includes('/')).map(escaped)
  const forbidden = FOLDERS.filter((name) => name !== folder && !whole.includes(name))
  const except = files.length ? `(?!(?:${files.join('|')})$)` : ''
  const patterns = [
    {
      regex: `^(?:\\.\\./)+${except}(?:${forbidden.join('|')})(?:/|$)`,
      message: `src/${folder} may import only ${allowed.join(', ') || 'itself'} of src.`,
    },
  ]
  if (!isTest && folder !== 'cli')
    patterns.push({ regex: '^(?:node:|webgpu$)', message: 'Only src/cli runs in Node alone; take what is needed as an argument.' })
  if (ENGINE.includes(folder))
    patterns.push({ regex: '^(?:react|react-dom|zustand|recharts|@mantine)(?:/|$)', message: 'The engine knows no page.' })
  return {
    files: [`src/${folder}/**/*.${isTest ? 'test.' : ''}ts`, `src/${folder}/**/*.${isTest ? 'test.' : ''}tsx`],
    rules: { 'no-restricted-imports': ['error', { patterns }] },
  }
}

export default defineConfig(
  globalIgnores(['dist/', 'e2e/golden/', 'e2e/reference/', 'test-results/', 'playwright-report/', '.kit/', '.bundle/']),
  // No rule is switched off by a comment: it is kept, or changed here for all.
  { linterOptions: { noInlineConfig: true } },
  {
    files: ['**/*.ts', '**/*.tsx'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: {
      parserOptions: {
        project: ['./tsconfig.engine.json', './tsconfig.page.json', './tsconfig.node.json'],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      eqeqeq: 'error',
      'no-warning-comments': ['error', { terms: ['todo', 'fixme', 'xxx'], location: 'anywhere' }],
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/ban-ts-comment': ['error', { 'ts-expect-error': true, 'ts-ignore': true, 'ts-nocheck': true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      // An async function without an await keeps an interface's promise, errors included.
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
    },
  },
  { files: ['src/**/*.tsx', 'src/ui/**/*.ts'], extends: [reactHooks.configs.flat.recommended] },
  ...FOLDERS.map((folder) => direction(folder, false)),
  ...FOLDERS.map((folder) => direction(folder, true)),
  { files: ['**/*.js', '**/*.mjs'], rules: { eqeqeq: 'error', 'no-unused-vars': 'error', 'no-var': 'error', 'prefer-const': 'error' } },
)
