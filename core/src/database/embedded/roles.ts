import pg from 'pg'
import { SESSION_LIMITS } from '../pool.ts'
import { sqlState } from '../errors.ts'
import { APP, PLUGINS, SUPERUSER, socketUrl, type Credentials } from './credentials.ts'
import type { Place } from './place.ts'

/** What a connection says while its role, its password, its rights or its database are not there yet. */
const NOT_SET_UP = ['28P01', '28000', '3D000', '42501']

/** Makes the roles and the database unless they are there. May be interrupted anywhere and called again. */
export async function ensureRoles(place: Place, credentials: Credentials): Promise<void> {
  try {
    await Promise.all([refusesNot(socketUrl(place, APP, credentials.app, APP)), refusesNot(socketUrl(place, PLUGINS, credentials.plugins, APP))])
  } catch (error) {
    if (!NOT_SET_UP.includes(sqlState(error) ?? '')) throw error
    await setUp(place, credentials)
  }
}

async function refusesNot(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  try {
    await client.connect()
  } finally {
    await client.end()
  }
}

async function setUp(place: Place, credentials: Credentials): Promise<void> {
  const superuser = new pg.Client({ connectionString: socketUrl(place, SUPERUSER, credentials.superuser, 'postgres') })
  await superuser.connect()
  const exists = async (sql: string, name: string): Promise<boolean> => (await superuser.query(sql, [name])).rowCount !== 0
  const role = async (name: string, password: string): Promise<void> => {
    if (!await exists('select from pg_roles where rolname = $1', name)) await superuser.query(`create role ${name}`)
    await superuser.query(`alter role ${name} login nosuperuser nocreatedb nocreaterole noreplication password ${pg.escapeLiteral(password)}`)
    // an hour is long for a person and for a job; what may take longer (a backup) says so in its own session
    await superuser.query(`alter role ${name} set transaction_timeout = '1h'`)
    for (const [setting, milliseconds] of Object.entries(SESSION_LIMITS)) await superuser.query(`alter role ${name} set ${setting} = ${milliseconds}`)
  }
  try {
    await role(APP, credentials.app)
    await role(PLUGINS, credentials.plugins)
    // the core makes the schemas of plugins in their role's name, and backs them up; not the other way round
    await superuser.query(`grant ${PLUGINS} to ${APP}`)
    // the owner of the database may make schemas and trusted extensions in it: no other right is needed
    if (!await exists('select from pg_database where datname = $1', APP)) await superuser.query(`create database ${APP} owner ${APP} template template0`)
    await superuser.query(`revoke connect on database ${APP}, postgres, template1 from public`)
    await superuser.query(`grant connect on database ${APP} to ${PLUGINS}`)
  } finally {
    await superuser.end()
  }
}
