import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { testCrm } from '../testing/crm.ts'
import { testDatabase } from '../testing/index.ts'

const FIXTURES = fileURLToPath(new URL('./fixtures', import.meta.url))

it.each([
  ['in a job', [], 'exiting'],
  ['while it is imported', ['./exits-at-load.ts'], './exits-at-load.ts'],
])('a plugin that ends the process %s is named and kept out at the next start', { timeout: 40_000 }, async (_, words, name) => {
  const db = await testDatabase()
  try {
    const child = spawn(process.execPath, [`${FIXTURES}/exiting-process.ts`, db.url, ...words], { stdio: ['ignore', 'ignore', 'pipe'] })
    const deadline = setTimeout(() => child.kill('SIGKILL'), 30_000)
    let said = ''
    child.stderr.on('data', (text: Buffer) => { said += text.toString() })
    await once(child, 'exit')
    clearTimeout(deadline)
    expect(said).toContain(`The plugin ${name} is put in quarantine. Its code ended the process.`)
    const { rows } = await db.pool.query('select plugin, source, quarantine_cause as cause from core.plugin_state where quarantined_at is not null')
    expect(rows).toEqual([expect.objectContaining({ cause: 'Its code ended the process.' })])
    expect([rows[0].plugin, rows[0].source]).toContain(name)
  } finally {
    await db.close()
  }
})

it('a core that ends by itself blames nobody', async () => {
  const crm = await testCrm({ plugins: [{ id: 'quiet', version: '1.0.0', start: () => undefined }], work: false })
  expect(process.listenerCount('exit')).toBeGreaterThan(0)
  await crm.close()
  expect((await crm.kartotek.db.pool.query('select from core.plugin_state where quarantined_at is not null')).rowCount).toBe(0)
})
