import { migrate, type Database } from '../database/index.ts'

/** Prepares the database that every test's database is cloned from. Runs once per test run. */
export async function prepareTemplate(db: Database): Promise<void> {
  await migrate(db, [])
}
