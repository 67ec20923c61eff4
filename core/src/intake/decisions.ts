import { sql, type Kysely } from 'kysely'
import { uuidv7 } from 'uuidv7'
import { textIn } from '@kartotek/sdk'
import { visibleTitles } from '../changes/changes.ts'
import { objectOf } from '../model/model.ts'
import type { Reading } from '../records/reading.ts'
import { WORDS, type DecisionCode } from './decision-words.ts'

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- tables come and go with the model
type Db = Kysely<any>

/** What was decided about an item, and the figures of it. People and clients are kept by id, and named to who may see them. */
export interface Decision {
  code: DecisionCode
  /** Who got the item, or did not. */
  user?: string
  params?: { rule?: string, absent?: string, client?: string, contact?: string, by?: string[], minutes?: number, count?: number }
}

/** Writes what was decided, in the transaction that does it, in this order. */
export async function keepDecisions(trx: Db, item: string, decisions: readonly Decision[]): Promise<void> {
  if (!decisions.length) return
  await trx.insertInto('core.intake_decision').values(decisions.map(({ code, user, params }) => ({
    id: uuidv7(), item_id: item, code, user_id: user ?? null, params: JSON.stringify(params ?? {}),
  }))).execute()
}

/** Counts that the source sent the item once more: one line, however often it does. */
export async function keepRepetition(db: Db, item: string): Promise<void> {
  await db.transaction().execute(async (trx) => {
    // One after the other, or each would begin a line of its own.
    await sql`select 1 from core.intake_item where id = ${item} for update`.execute(trx)
    const { rows } = await sql`update core.intake_decision set params = jsonb_set(params, '{count}', to_jsonb(coalesce((params ->> 'count')::int, 1) + 1))
      where id = (select id from core.intake_decision where item_id = ${item} and code = 'repeated' order by id limit 1) returning id`.execute(trx)
    if (!rows.length) await keepDecisions(trx, item, [{ code: 'repeated', params: { count: 1 } }])
  })
}

interface DecisionRow { id: string, at: Date, code: DecisionCode, user_id: string | null, params: NonNullable<Decision['params']> }

/** Whom it found, and whose he is; also that it found nobody, or silence would tell that there is somebody. */
const OF_CLIENTS = new Set<DecisionCode>(['recognised', 'recognisedPerson', 'ambiguous', 'similar', 'unknown', 'responsible', 'noResponsible'])

/** By which rule, and past whom: an item that came to its owner without any of these would be known as one of his clients. */
const isOfRules = (code: DecisionCode): boolean => ['ruleMatched', 'ruleBroken', 'noRule', 'nobody'].includes(code) || code.startsWith('chosen.') || code.startsWith('skipped.')

/**
 * Recognition looks with the eyes of the system. Of a client whom he does not see a reader learns only by `duplicates.see`;
 * without it he is told how the item found its owner only where he sees the client who was recognised, or all there are.
 */
function tellable({ access, generation }: Reading, rows: readonly DecisionRow[], names: ReadonlyMap<string, unknown>): (row: DecisionRow) => boolean {
  if (access.capability('duplicates.see')) return () => true
  const isKnown = rows.some(({ code, params }) => (code === 'recognised' && names.has(params.client!)) || (code === 'recognisedPerson' && names.has(params.contact!)))
  const seesAll = ['client', 'contact'].every((name) => access.scope(objectOf(generation.model, name), 'read') === 'all')
  return ({ code, user_id: user }) => {
    if (code === 'anyway' || code === 'pointsElsewhere') return user === access.actor.userId
    return isKnown || seesAll || !(OF_CLIENTS.has(code) || isOfRules(code))
  }
}

/** What was decided about an item, in the reader's words; the newest thousand. The caller has checked that he sees the item. */
export async function readDecisions(reading: Reading, item: string): Promise<{ id: string, at: Date, code: string, text: string }[]> {
  const { rows } = await sql<DecisionRow>`
    select * from (select id, at, code, user_id, params from core.intake_decision where item_id = ${item} order by id desc limit 1000) newest order by id`.execute(reading.db)
  const names = await visibleTitles(reading, rows.flatMap(({ user_id: user, params }) => [
    ...[user, params.absent].flatMap((id) => (id ? [['user', id] as [string, string]] : [])), ...(params.client ? [['client', params.client] as [string, string]] : []), ...(params.contact ? [['contact', params.contact] as [string, string]] : []),
  ]))
  const called = (id: string | null | undefined): string => (id ? names.get(id) ?? '…' : '…')
  return rows.filter(tellable(reading, rows, names)).map(({ id, at, code, user_id: user, params }) => {
    const values: Record<string, string> = {
      user: called(user), absent: called(params.absent), client: called(params.client), contact: called(params.contact), rule: params.rule ?? '', minutes: String(params.minutes ?? ''), count: String(params.count ?? (code === 'repeated' ? 1 : '')),
      by: (params.by ?? []).map((key) => textIn(WORDS[`by.${key}` as DecisionCode], reading.locale)).join(', '),
    }
    return { id, at, code, text: textIn(WORDS[code], reading.locale).replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? '') }
  })
}
