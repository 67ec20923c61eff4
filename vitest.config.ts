import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

// what a worker imports, and the processes that tests start, is compiled once for all, as for `kartotek` itself
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(new URL('node_modules/.cache/kartotek', import.meta.url))

/** What takes longest begins first, so that no worker is left alone with it at the end. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const turn = ({ moduleId }: TestSpecification): number => ['/core/e2e/access.test.ts', '/core/e2e/plugin-access.test.ts', '/web/e2e/', '/core/e2e/', ''].findIndex((place) => moduleId.includes(place))
    return (await super.sort(files)).sort((a, b) => turn(a) - turn(b))
  }
}

export default defineConfig({
  // the build of graphql that Node takes for every library: two of them in one process do not know each other's types
  resolve: { alias: [{ find: /^graphql$/, replacement: fileURLToPath(import.meta.resolve('graphql')) }] },
  test: {
    include: ['core/src/**/*.test.ts', 'core/templates/**/*.test.ts', 'core/e2e/**/*.test.ts', 'core/bench/**/*.test.ts', 'sdk/**/*.test.ts', 'plugins/**/*.test.ts', 'examples/**/*.test.ts', 'web/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**'],
    // one PostgreSQL for the whole run, a database cloned from its template for each file
    globalSetup: ['core/src/testing/global-setup.ts'],
    sequence: { sequencer: LongestFirst },
    pool: 'forks',
    // the modules of the core are loaded once for each worker, which is a quarter of the time: tests leave nothing behind in the process
    isolate: false,
    maxWorkers: 2,
    // a busy machine is no failure: nothing is judged by time here
    testTimeout: 90_000,
    expect: { poll: { timeout: 30_000 } },
    hookTimeout: 120_000,
    teardownTimeout: 60_000,
  },
})
