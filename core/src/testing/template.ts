import { objectFeatures } from '../core-features.ts'
import type { Database } from '../database/index.ts'
import { contributionsOf, install } from '../install.ts'

/** Prepares the database that every test's database is cloned from. Runs once per test run. */
export async function prepareTemplate(db: Database): Promise<void> {
  await install(db, contributionsOf(objectFeatures(() => ({ country: 'FI', currency: 'EUR' }))))
}
