import type { BetterAuthOptions } from 'better-auth'
import { kyselyAdapter } from '@better-auth/kysely-adapter'
import type { Database } from '../database/index.ts'
import { sha256 } from './secrets.ts'

type Adapter = ReturnType<ReturnType<typeof kyselyAdapter>>
type Where = { field: string, value: unknown, operator?: string }
type Row = Record<string, unknown>

/**
 * better-auth's own PostgreSQL adapter, in schema `auth`, with one change: the id in a session cookie is stored as its
 * SHA-256, so that a stolen database or backup holds no usable session. better-auth goes on working with the real id.
 */
export function hashedSessionStore(db: Database) {
  const create = kyselyAdapter(db.kysely.withSchema('auth'), { type: 'postgres', transaction: false })
  return (options: BetterAuthOptions): Adapter => {
    const inner = create(options)
    const hashedWhere = (input: { model: string, where?: Where[] }) => (input.model !== 'session' ? input : {
      ...input, where: input.where?.map((w) => (w.field === 'token' ? { ...w, value: hashValue(w.value) } : w)),
    })
    const wrapped = (name: 'findOne' | 'findMany' | 'update' | 'updateMany' | 'delete' | 'deleteMany' | 'count') => async (input: never) => {
      // the methods differ in their types only, not in `model` and `where`
      const call = inner[name] as (input: unknown) => Promise<unknown>
      const result = await call(hashedWhere(input))
      const asked = (input as { model: string, where?: Where[] }).where?.find((w) => w.field === 'token')?.value
      const isOne = (name === 'findOne' || name === 'update') && (input as { model: string }).model === 'session'
      return isOne && result && typeof asked === 'string' ? { ...(result as Row), token: asked } : result
    }
    return {
      ...inner,
      async create(input: { model: string, data: Row }) {
        const call = inner.create as (input: unknown) => Promise<Row>
        if (input.model !== 'session') return call(input)
        const made = await call({ ...input, data: { ...input.data, token: hashValue(input.data['token']) } })
        return { ...made, token: input.data['token'] }
      },
      findOne: wrapped('findOne'), findMany: wrapped('findMany'), update: wrapped('update'), updateMany: wrapped('updateMany'),
      delete: wrapped('delete'), deleteMany: wrapped('deleteMany'), count: wrapped('count'),
    } as unknown as Adapter
  }
}

const hashValue = (value: unknown): unknown => (Array.isArray(value) ? value.map(hashValue) : typeof value === 'string' ? sha256(value) : value)
