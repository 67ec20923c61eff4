import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import type { Database } from '../database/index.ts'
import { testCrm } from '../testing/crm.ts'
import { testDatabase } from '../testing/index.ts'

const NODE = fileURLToPath(new URL('./fixtures/bad-node.ts', import.meta.url))

/** Runs a node with a bad plugin until it ends, and looks at what it left in the database. */
async function node<Seen>(plugin: string, look: (db: Database) => Promise<Seen>): Promise<{ told: string, said: string, signal: string | null, seen: Seen }> {
  const db = await testDatabase()
  try {
    const child = spawn(process.execPath, [NODE, db.url, plugin], { stdio: ['ignore', 'pipe', 'pipe'] })
    const deadline = setTimeout(() => child.kill('SIGKILL'), 60_000)
    const [said, told, [, signal]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit') as Promise<[number | null, string | null]>])
    clearTimeout(deadline)
    return { told, said, signal, seen: await look(db) }
  } finally {
    await db.close()
  }
}
const quarantined = async (db: Database) => (await db.pool.query('select plugin, source, quarantine_cause as cause from core.plugin_state where quarantined_at is not null')).rows

it.each([
  ['exiting', 'in a job', 'ended the process.'],
  ['./exits-at-load.ts', 'while it is imported', 'ended the process.'],
  ['looping', 'after another was entered', 'blocked the process for more than 1.5 s.'],
  ['./loops-at-load.ts', 'while it is imported', 'blocked the process for more than 1.5 s.'],
])('a plugin (%s) that ends or blocks the process %s is named and kept out at the next start', { timeout: 90_000 }, async (plugin, _, what) => {
  const { told, signal, seen } = await node(plugin, quarantined)
  expect(told).toContain(`The plugin ${plugin} is put in quarantine. Its code ${what}`)
  expect(seen).toEqual([expect.objectContaining({ cause: `Its code ${what}` })])
  expect([seen[0].plugin, seen[0].source]).toContain(plugin)
  expect(signal).toBe(what.startsWith('blocked') ? 'SIGKILL' : null)
})

it('a plugin that leaves a promise rejected and throws in a timer is named, and all goes on', { timeout: 90_000 }, async () => {
  const { said, seen } = await node('leaking', async (db) => ({
    faults: (await db.pool.query(`select plugin, name, message from core.plugin_log where kind = 'fault' order by message`)).rows,
    quarantined: await quarantined(db),
  }))
  expect(JSON.parse(said)).toEqual([{ id: 'leaking', state: 'running', faults: 2 }, { id: 'good', state: 'running', faults: 0 }])
  expect(seen).toEqual({ quarantined: [], faults: [
    { plugin: 'leaking', name: 'job go', message: 'nobody waits for this' }, { plugin: 'leaking', name: 'job go', message: 'thrown in a timer' },
  ] })
})

it('a core that ends by itself blames nobody', async () => {
  const crm = await testCrm({ plugins: [{ id: 'quiet', version: '1.0.0', start: () => undefined }], work: false })
  expect(process.listenerCount('exit')).toBeGreaterThan(0)
  await crm.close()
  expect((await crm.kartotek.db.pool.query('select from core.plugin_state where quarantined_at is not null')).rowCount).toBe(0)
})
