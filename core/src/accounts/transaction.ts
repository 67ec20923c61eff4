import type { PoolClient } from 'pg'
import type { Database } from '../database/index.ts'

/** Runs `work` in one transaction of its own. */
export async function inTransaction<T>(db: Pick<Database, 'pool'>, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await db.pool.connect()
  let broken: Error | undefined
  try {
    await client.query('begin')
    const result = await work(client)
    await client.query('commit')
    return result
  } catch (error) {
    await client.query('rollback').catch((e: Error) => { broken = e })
    throw error
  } finally {
    client.release(broken)
  }
}
