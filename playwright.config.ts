import { defineConfig } from '@playwright/test'

const port = Number(process.env.SKIPSCOPE_PORT ?? 4174)

/**
 * WebGPU on the CPU, as CI has it; CHROMIUM_FLAGS replaces it on a machine with a GPU. For an extension that sets workgroup memory to zero SwiftShader compiles a store for
 * every word, which takes longer than all else of a kernel: without the extension Dawn writes a loop that does the same.
 */
const flags = process.env.CHROMIUM_FLAGS?.split(' ') ?? [
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
  '--disable-dawn-features=use_vulkan_zero_initialize_workgroup_memory_extension',
]

const vite = 'node node_modules/vite/bin/vite.js'

export default defineConfig({
  testDir: 'e2e',
  testMatch: '*.spec.ts',
  outputDir: 'test-results/playwright',
  workers: 1,
  forbidOnly: true,
  timeout: 300_000,
  expect: { timeout: 60_000 },
  reporter: [['list'], ['json', { outputFile: process.env.SKIPSCOPE_REPORT ?? 'test-results/e2e.json' }]],
  use: {
    baseURL: `http://localhost:${port}/`,
    screenshot: 'only-on-failure',
    launchOptions: { executablePath: process.env.CHROMIUM, args: flags },
  },
  webServer: {
    command: `${vite} build --mode e2e --logLevel warn && ${vite} preview --mode e2e --port ${port}`,
    url: `http://localhost:${port}/`,
    reuseExistingServer: false,
    timeout: 180_000,
    stdout: 'ignore',
  },
})
