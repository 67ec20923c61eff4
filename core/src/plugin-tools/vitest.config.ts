// How `kartotek plugin test` runs the tests of a plugin that lies anywhere: with the core, the SDK and the vitest of this installation.
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const ours = (name: string): string => fileURLToPath(import.meta.resolve(name))

export default defineConfig({
  resolve: {
    alias: [
      { find: /^@kartotek\/core\/testing$/, replacement: ours('../testing/crm.ts') },
      { find: /^@kartotek\/sdk$/, replacement: ours('@kartotek/sdk') },
      { find: /^@kartotek\/sdk\/contracts$/, replacement: ours('@kartotek/sdk/contracts') },
      { find: /^vitest$/, replacement: ours('vitest') },
      { find: /^graphql$/, replacement: ours('graphql') },
    ],
  },
  server: { fs: { strict: false } },
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    globalSetup: [ours('../testing/global-setup.ts')],
    pool: 'forks',
    maxWorkers: 1,
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
})
