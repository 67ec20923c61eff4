import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

it('names the plugin that left a promise rejected or threw in a timer, and lets only the core end the process', () => {
  const file = fileURLToPath(new URL('./fixtures/rejecting-process.ts', import.meta.url))
  const { stdout, stderr, status } = spawnSync(process.execPath, [file], { encoding: 'utf8', timeout: 20_000 })
  expect(stdout).toBe('a: start\nb: job sync\n')
  expect(stderr).toContain('own mistake')
  expect(status).not.toBe(0)
})
