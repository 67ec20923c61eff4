import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

it('names the plugin that left a promise rejected or threw in a timer, and lets only the core end the process', () => {
  const { stdout, status } = spawnSync(process.execPath, [fileURLToPath(new URL('./fixtures/rejecting-process.ts', import.meta.url))], { encoding: 'utf8', timeout: 20_000 })
  expect(JSON.parse(stdout)).toEqual({ faults: ['a: start', 'b: job sync'], core: 'own mistake' })
  expect(status).toBe(3)
})
