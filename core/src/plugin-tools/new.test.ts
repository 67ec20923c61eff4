import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { plugin } from '../cli/plugin.command.ts'

const dir = mkdtempSync(join(tmpdir(), 'kartotek-new-'))
afterAll(() => rmSync(dir, { recursive: true }))
const run = (...args: string[]) => plugin.run(args, { out: () => undefined, err: () => undefined, env: {}, cwd: dir })

it('begins no plugin under a bad id or over files of somebody', async () => {
  writeFileSync(join(dir, 'mine.txt'), '')
  await expect(run('new')).rejects.toThrow('Give the id of the plugin')
  await expect(run('new', 'DoorBell')).rejects.toThrow('is not kebab-case')
  await expect(run('new', 'a'.repeat(41))).rejects.toThrow('at most 40 characters')
  await expect(run('new', 'door-bell', '.')).rejects.toThrow('is not empty')
  await expect(run('dev', '.')).rejects.toThrow('no folder of a package')
  await expect(run('test', '.')).rejects.toThrow('no folder of a package')
  await expect(run('dev', '.', 'more')).rejects.toThrow('Too many words')
})
