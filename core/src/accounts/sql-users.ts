import { DuplicateError, type Locale } from '@kartotek/sdk'
import { uuidv7 } from 'uuidv7'
import type { Database } from '../database/index.ts'
import type { DirectoryUser, UserDirectory } from './deps.ts'

const COLUMNS = `id, name, coalesce(email, '') as email, coalesce(locale, 'en') as locale, (active and trashed_at is null) as active`

/**
 * User records by plain SQL: reading is always right; writing passes no guards and leaves no audit trail, so the running
 * server takes the record engine's `create` and `update` instead. For the command line's reads and for tests.
 */
export function sqlUsers(db: Pick<Database, 'pool'>): UserDirectory {
  const one = async (condition: string, value: string): Promise<DirectoryUser | null> => {
    const { rows } = await db.pool.query<DirectoryUser>(`select ${COLUMNS} from core."user" where ${condition} and trashed_at is null limit 2`, [value])
    return rows.length === 1 ? rows[0] ?? null : null
  }
  return {
    get: (id) => one('id = $1', id),
    findByEmail: (email) => one('email = $1', email.toLowerCase()),
    async create(input: { name: string, email: string, locale: Locale }) {
      const id = uuidv7()
      const { rows } = await db.pool.query(`
        insert into core."user" (id, name, email, locale, active) values ($1, $2, $3, $4, true)
        on conflict do nothing returning id`, [id, input.name, input.email.toLowerCase(), input.locale])
      if (rows.length === 0) throw new DuplicateError('A user with this e-mail address exists already.')
      return { id }
    },
    async update(id, input) {
      await db.pool.query(`
        update core."user" set name = coalesce($2, name), locale = coalesce($3, locale), active = coalesce($4, active),
          version = version + 1, updated_at = now() where id = $1`, [id, input.name ?? null, input.locale ?? null, input.active ?? null])
    },
  }
}
