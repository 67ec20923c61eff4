import pg from 'pg'
import { SESSION_LIMITS } from '../pool.ts'
import { sqlState } from '../errors.ts'
import { APP, SUPERUSER, socketUrl, type Credentials } from './credentials.ts'
import type { Place } from './place.ts'

/** What a connection as the app says while its role, its password or its database are not there yet. */
const NOT_SET_UP = ['28P01', '28000', '3D000']

/** Makes the app's role and database unless they are there. May be interrupted anywhere and called again. */
export async function ensureRole(place: Place, credentials: Credentials): Promise<void> {
  const app = new pg.Client({ connectionString: socketUrl(place, APP, credentials.app, APP) })
  try {
    await app.connect()
  } catch (error) {
    if (!NOT_SET_UP.includes(sqlState(error) ?? '')) throw error
    await setUp(place, credentials)
  } finally {
    await app.end()
  }
}

async function setUp(place: Place, credentials: Credentials): Promise<void> {
  const superuser = new pg.Client({ connectionString: socketUrl(place, SUPERUSER, credentials.superuser, 'postgres') })
  await superuser.connect()
  try {
    const exists = async (sql: string): Promise<boolean> => (await superuser.query(sql, [APP])).rowCount !== 0
    if (!await exists('select from pg_roles where rolname = $1')) await superuser.query(`create role ${APP}`)
    await superuser.query(`alter role ${APP} login nosuperuser nocreatedb nocreaterole noreplication password ${pg.escapeLiteral(credentials.app)}`)
    // an hour is long for a person and for a job; what may take longer (a backup) says so in its own session
    await superuser.query(`alter role ${APP} set transaction_timeout = '1h'`)
    for (const [name, milliseconds] of Object.entries(SESSION_LIMITS)) await superuser.query(`alter role ${APP} set ${name} = ${milliseconds}`)
    // the owner of the database may make schemas and trusted extensions in it: no other right is needed
    if (!await exists('select from pg_database where datname = $1')) await superuser.query(`create database ${APP} owner ${APP} template template0`)
    await superuser.query(`revoke connect on database ${APP}, postgres, template1 from public`)
  } finally {
    await superuser.end()
  }
}
