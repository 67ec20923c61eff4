import { sql, type Kysely } from 'kysely'
import { uuidv7 } from 'uuidv7'
import { SYSTEM_CALLER, type Caller } from '../access/caller.ts'
import type { SendMail } from '../accounts/deps.ts'
import { importCaller } from '../import/import-caller.ts'
import { invalid } from '../model/change.ts'
import { objectOf } from '../model/model.ts'
import { readingOf, type Engine } from '../records/engine.ts'
import { planOfKeys } from '../records/records.ts'
import type { Reading } from '../records/reading.ts'
import { readByIds } from '../records/rows.ts'
import { writeRecords } from '../records/write/batch.ts'
import { withSystemEyes } from '../records/write/system-eyes.ts'
import { write } from '../records/write/writing.ts'
import { addressesOf, maySendLetters, type Reached } from './addresses.ts'
import { checkedLetter, filledIn, type Letter, type LetterValues } from './letter-text.ts'
import type { HandOverInput, Step } from './plan.ts'

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- tables come and go with the model
type Db = Kysely<any>

export interface LettersDeps { engine: Engine, sendMail(): SendMail | null, companyName(): string }

const ATTEMPTS = 8
/** Who sends says so again and again; what is held by nobody any more is soon another's. */
const HELD_SECONDS = 30
const RENEW_MS = 10_000
const pauseSeconds = (attempt: number): number => 60 * 2 ** Math.min(attempt, 9)

/** How many letters of a hand-over are in which state. */
export interface LetterCounts { waiting: number, sent: number, failed: number, noAddress: number, mustNot: number, withdrawn: number }

/** One for each client that moved: written down when the hand-over ends, sent after. */
export async function planLetters(db: Db, handOver: string): Promise<void> {
  const { rows } = await sql<{ client: string, to: string }>`select i.record_id as client, i.to_id as "to" from core.hand_over_item i join core.hand_over h on h.id = i.hand_over_id
    where i.hand_over_id = ${handOver} and i.object = 'client' and i.state = 'moved' and h.letter is not null order by i.position`.execute(db)
  const letters = rows.map((row) => ({ ...row, id: uuidv7() }))
  for (let i = 0; i < letters.length; i += 5_000) {
    await sql`insert into core.hand_over_letter (id, hand_over_id, client_id, to_id)
      select id, ${handOver}::uuid, client, "to" from jsonb_to_recordset(${JSON.stringify(letters.slice(i, i + 5_000))}::jsonb) as l (id uuid, client uuid, "to" uuid) on conflict do nothing`.execute(db)
  }
}

/** Of a hand-over that is taken back nobody is told any more. */
export async function withdrawLetters(db: Db, handOver: string): Promise<void> {
  await sql`update core.hand_over_letter set state = 'withdrawn' where hand_over_id = ${handOver} and state = 'waiting'`.execute(db)
}

export async function countLetters(db: Db, handOver: string): Promise<LetterCounts> {
  const { rows } = await sql<{ state: string, n: number }>`select state, count(*)::int as n from core.hand_over_letter where hand_over_id = ${handOver} group by 1`.execute(db)
  const of = (state: string): number => rows.find((row) => row.state === state)?.n ?? 0
  return { waiting: of('waiting'), sent: of('sent'), failed: of('failed'), noAddress: of('noAddress'), mustNot: of('mustNot'), withdrawn: of('withdrawn') }
}

interface Claim { id: string, handOver: string, client: string, to: string, from: string, by: string, letter: Letter, state: 'waiting' | 'sent', attempt: number }

/**
 * Sends what is due, each letter by one node: it is claimed before it is sent, and carries its id, so that a mailbox shows one that had to be
 * sent again once. That it went out is kept first, its line on the client's timeline with its own mark after.
 * @returns seconds after which it is worth to look again: then what another node holds runs out, if it died; null where nothing is held
 */
export async function sendLetters(deps: LettersDeps, signal: AbortSignal): Promise<number | null> {
  const { db } = deps.engine
  for (;;) {
    if (signal.aborted) return 0
    const claim = await claimOne(db)
    if (!claim) break
    await attempt(deps, claim)
  }
  const { rows: [held] } = await sql<{ seconds: number | null }>`select ceil(extract(epoch from min(l.due_at) - clock_timestamp()))::int as seconds from core.hand_over_letter l
    where ${OPEN} and l.due_at between clock_timestamp() and clock_timestamp() + make_interval(secs => ${HELD_SECONDS})`.execute(db)
  return held?.seconds ?? null
}

const OPEN = sql<boolean>`(l.state = 'waiting' or l.state = 'sent' and l.noted_at is null) and l.attempts < ${sql.lit(ATTEMPTS)}`

async function claimOne(db: Db): Promise<Claim | null> {
  const { rows: [claim] } = await sql<Claim>`update core.hand_over_letter l set attempts = l.attempts + 1, due_at = clock_timestamp() + make_interval(secs => ${HELD_SECONDS})
    from core.hand_over h where h.id = l.hand_over_id and l.id = (select l.id from core.hand_over_letter l where ${OPEN} and l.due_at <= clock_timestamp() order by l.due_at, l.id limit 1 for update skip locked)
    returning l.id, l.hand_over_id as "handOver", l.client_id as client, l.to_id as "to", h.from_id as "from", h.created_by as by, h.letter, l.state, l.attempts as attempt`.execute(db)
  return claim ?? null
}

async function attempt(deps: LettersDeps, claim: Claim): Promise<void> {
  const { engine } = deps
  const due = (seconds: number): Promise<unknown> => sql`update core.hand_over_letter set due_at = clock_timestamp() + make_interval(secs => ${seconds}) where id = ${claim.id} and attempts = ${claim.attempt}`.execute(engine.db)
  const held = setInterval(() => { due(HELD_SECONDS).catch((error: unknown) => engine.log.warn({ err: error }, 'a letter could not be held')) }, RENEW_MS).unref()
  try {
    const caller = await importCaller(engine.db, { id: claim.by })
    const reading = readingOf(engine, caller ?? SYSTEM_CALLER)
    if (claim.state === 'waiting') {
      const reached = caller ? await reach(reading, claim) : null
      if (!reached || 'why' in reached) return await end(engine.db, claim, reached?.why ?? 'withdrawn')
      await sendOne(deps, claim, reached.address, await valuesFor(deps, reading, claim))
      await sql`update core.hand_over_letter set state = 'sent', sent_at = now(), attempts = 0 where id = ${claim.id} and state = 'waiting'`.execute(engine.db)
    }
    await note(engine, caller ?? SYSTEM_CALLER, claim, filledIn(claim.letter, await valuesFor(deps, reading, claim)))
  } catch (error) {
    clearInterval(held)
    engine.log.warn({ err: error, letter: claim.id, attempt: claim.attempt }, 'a letter to a client could not be sent')
    if (claim.state === 'waiting' && claim.attempt >= ATTEMPTS) await end(engine.db, claim, 'failed')
    else await due(pauseSeconds(claim.attempt))
  } finally {
    clearInterval(held)
  }
}

async function end(db: Db, { id }: Claim, state: keyof LetterCounts): Promise<void> {
  await sql`update core.hand_over_letter set state = ${state} where id = ${id} and state = 'waiting'`.execute(db)
}

/** Where the client is written to; null where he is somebody else's by now. */
async function reach(reading: Reading, { client, to }: Claim): Promise<Reached | null> {
  const { rows: [still] } = await sql`select 1 from core.client where id = ${client} and owner_id = ${to} and trashed_at is null`.execute(reading.db)
  return still ? (await addressesOf(reading, [client])).get(client)! : null
}

/** What stands for the placeholders, as far as the reader may know it. */
export async function valuesFor({ companyName }: Pick<LettersDeps, 'companyName'>, reading: Reading, { client, from, to }: { client: string, from: string, to: string }): Promise<LetterValues> {
  const read = async (name: string, id: string, keys: string[]): Promise<Record<string, unknown>> => {
    const object = objectOf(reading.generation.model, name)
    if (reading.access.scope(object, 'read') === 'none') return {}
    const [node] = await readByIds(reading, planOfKeys(reading, object, keys.filter((key) => reading.access.canRead(object.byKey.get(key)!))), [id])
    return (node ?? {}) as Record<string, unknown>
  }
  const [one, former, next] = [await read('client', client, ['name']), await read('user', from, ['name']), await read('user', to, ['name', 'email', 'phone'])]
  const text = (value: unknown): string => (typeof value === 'string' ? value : '')
  return { client: text(one.name), from: text(former.name), to: text(next.name), email: text(next.email), phone: text(next.phone), company: companyName() }
}

async function sendOne({ sendMail, companyName }: LettersDeps, claim: Claim, address: string, values: LetterValues): Promise<void> {
  const send = sendMail()
  if (!send) throw new Error('there is no mail server any more')
  await send({ to: address, ...filledIn(claim.letter, values), id: claim.id, fromName: companyName(), ...(values.email ? { replyTo: { name: values.to, address: values.email } } : {}) })
}

/** Its line on the client's timeline, once. What went out is told, whatever became of the rights of who sent it. */
async function note(engine: Engine, caller: Caller, claim: Claim, { subject, text }: Letter): Promise<void> {
  await write(engine, { ...caller, origin: 'system' }, { summary: { key: 'handOver' } }, async (w) => {
    const { rows: [first] } = await sql`update core.hand_over_letter set noted_at = now() where id = ${claim.id} and state = 'sent' and noted_at is null returning id`.execute(w.db)
    if (!first) return
    const [entry] = await writeRecords(withSystemEyes(w), objectOf(w.generation.model, 'timelineEntry'), [{ op: 'create', input: { subject: { object: 'client', id: claim.client }, kind: 'letter', direction: 'out', heading: subject, text } }])
    if (!entry!.ok) throw entry!.error
  })
}

/** Whom a letter would reach of the clients that move, and how it would read. */
export async function previewLetter(deps: Pick<LettersDeps, 'companyName'>, reading: Reading, { from, letter }: HandOverInput, steps: readonly Step[]): Promise<{ clients: number, sendable: number, noAddress: number, mustNot: number, subject: string | null, text: string | null }> {
  const checked = checkedLetter(letter!)
  if (!maySendLetters(reading)) throw invalid('letter', 'forbidden', 'Only who may know whom one may contact can write to clients.')
  const moving = steps.flatMap(({ object, id, to }) => (object === 'client' && to ? [{ client: id, to }] : []))
  const reached = await addressesOf(reading, moving.map(({ client }) => client))
  const counts = { sendable: 0, noAddress: 0, mustNot: 0 }
  for (const one of reached.values()) counts['why' in one ? one.why : 'sendable']++
  const first = moving.find(({ client }) => 'address' in reached.get(client)!)
  return { clients: moving.length, ...counts, subject: null, text: null, ...(first ? filledIn(checked, await valuesFor(deps, reading, { from, ...first })) : {}) }
}
