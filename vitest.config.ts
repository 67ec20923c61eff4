import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  // the build of graphql that Node takes for every library: two of them in one process do not know each other's types
  resolve: { alias: [{ find: /^graphql$/, replacement: fileURLToPath(import.meta.resolve('graphql')) }] },
  test: {
    include: ['core/src/**/*.test.ts', 'core/e2e/**/*.test.ts', 'sdk/**/*.test.ts', 'plugins/**/*.test.ts', 'examples/**/*.test.ts', 'web/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**'],
    // one PostgreSQL for the whole run, a database cloned from its template for each file
    globalSetup: ['core/src/testing/global-setup.ts'],
    pool: 'forks',
    maxWorkers: 2,
    // a busy machine is no failure: nothing is judged by time here
    testTimeout: 90_000,
    hookTimeout: 120_000,
    teardownTimeout: 60_000,
  },
})
