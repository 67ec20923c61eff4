import { tmpdir } from 'node:os'
import { objectFeatures } from '../core-features.ts'
import type { Database } from '../database/index.ts'
import { TEST_SECRET, testLog } from './test-server.ts'
import { contributionsOf, install } from '../install.ts'

/** Prepares the database that every test's database is cloned from. Runs once per test run. */
export async function prepareTemplate(db: Database): Promise<void> {
  await install(db, contributionsOf(objectFeatures(() => ({ country: 'FI', currency: 'EUR' }))))
}

/** Starts a whole core on it once, so that the start of every other one finds its model, queues and handlers there. */
export async function startOnce(db: Database): Promise<void> {
  const { openKartotek } = await import('../kartotek.ts')
  const kartotek = await openKartotek({ db, log: testLog, secret: TEST_SECRET, filesDir: tmpdir(), work: false, accounts: { publicUrl: 'http://127.0.0.1:3000' } })
  await kartotek.start()
  await kartotek.jobs.drain({ deliveries: 1 })
  await kartotek.close()
}
