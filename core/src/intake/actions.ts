import { sql } from 'kysely'
import { ConflictError, DuplicateError, InputError, NotAllowedError, NotFoundError } from '@kartotek/sdk'
import type { Caller } from '../access/caller.ts'
import { absentOwners } from '../access/predicate.ts'
import { visibleTitles } from '../changes/changes.ts'
import type { Summary } from '../changes/summary.ts'
import { UUID } from '../facts/uuid.ts'
import { objectOf } from '../model/model.ts'
import type { Engine } from '../records/engine.ts'
import { rightsOn } from '../records/write/load.ts'
import { refusedTies } from '../records/write/standing-in.ts'
import { withSystemEyes } from '../records/write/system-eyes.ts'
import { write, type Writing } from '../records/write/writing.ts'
import { readSection } from '../settings/section.ts'
import { readCalendars } from '../working-time/schedule.ts'
import { keepDecisions, type Decision } from './decisions.ts'
import { intakeSettings } from './intake-settings.ts'
import { announce, lockItem, put, senderOf, type ItemRow } from './item.ts'
import { recognise } from './recognise.ts'
import { addPoints, senderPoints, withPoints, type PointLeft, type SenderPoints } from './sender-points.ts'
import { dueFor, minutesFor } from './timer.ts'

/** What an item becomes: for each an existing record, or the values of a new one, or nothing. */
export interface Acceptance {
  client?: string | null
  clientValues?: Record<string, unknown> | null
  contact?: string | null
  contactValues?: Record<string, unknown> | null
  order?: string | null
  orderValues?: Record<string, unknown> | null
  /** Whose the new records and the item are. Default: whose the item is, else who accepts it. New records of who works on it by a share are his own. */
  owner?: string | null
  /** Makes a new client although one is recognised; it is noted. Where one sees him, by the right `duplicates.create`. */
  anyway?: boolean | null
  /** Adds the sender's numbers and addresses that are missing to the contact, else to the client. Default: true. */
  addPoints?: boolean | null
}

export interface Acted { id: string, changeSet: string | null, client: string | null, contact: string | null, order: string | null, pointsAdded: number, pointsLeft: PointLeft[] }

interface Deed { patch: Record<string, unknown>, log: Decision[], event?: 'accepted' | 'declined', points?: SenderPoints }

/** Makes or links client, contact and order with the rights of who accepts; all of it is one change set. */
export async function accept(engine: Engine, caller: Caller, id: string, version: number | null, chosen: Acceptance): Promise<Acted> {
  const values = [chosen.clientValues, chosen.contactValues, chosen.orderValues]
  const made = values.some(Boolean)
  if (!made && ![chosen.client, chosen.contact, chosen.order].some(Boolean)) throw invalid('client', 'required', 'Say what the request becomes: a client, a contact or an order.')
  return act(engine, caller, id, version, { key: made ? 'intakeAccepted' : 'intakeLinked' }, async (w, row, transfer) => {
    const me = caller.actor.userId
    const owner = chosen.owner ?? row.owner_id ?? me
    if (chosen.owner && !(await visibleTitles(w, [['user', chosen.owner]])).has(chosen.owner)) throw invalid('owner', 'reference', 'There is no such record.')
    // Nobody creates for another outside of his scope; who stands in for the owner works in her name.
    const maker = chosen.owner ?? (transfer || await standsInFor(w, owner) ? owner : me)
    const log: Decision[] = []
    if (chosen.clientValues && !chosen.client) log.push(...await checkNew(engine, w, row, chosen.anyway === true))
    const links = await linked(w, row, chosen)
    let points: SenderPoints = chosen.addPoints === false ? { free: [], left: [] } : await senderPoints(engine, w, row, links, Boolean(chosen.anyway && chosen.clientValues && !links.client))
    const reached = links.contact || chosen.contactValues ? 'contact' : 'client'
    const own = (object: 'client' | 'contact' | 'order', input: Record<string, unknown>): Record<string, unknown> => ({ ...(maker ? { owner: maker } : {}), ...(object === reached ? withPoints(w, input, points) : input) })
    const client = links.client ?? (chosen.clientValues ? await put(w, 'client', { op: 'create', input: own('client', chosen.clientValues) }) : null)
    const contact = links.contact ?? (chosen.contactValues
      ? await put(w, 'contact', { op: 'create', input: own('contact', { ...(client ? { clients: [{ client, isPrimary: !links.client }] } : {}), ...chosen.contactValues }) })
      : null)
    const known = links[reached]
    if (known) points = await addPoints(w, reached, known, points)
    else if (reached === 'client' && !client) points = { free: [], left: [] }
    const order = links.order ?? (chosen.orderValues ? await put(w, 'order', { op: 'create', input: own('order', { ...(client ? { client } : {}), ...(contact ? { contact } : {}), ...chosen.orderValues }) }) : null)
    const ties = Object.entries({ client, contact, order }).flatMap(([object, tied]) => (tied ? [{ on: id, object, id: tied }] : []))
    for (const refusal of (await refusedTies(w, objectOf(w.generation.model, 'intakeItem'), ties)).values()) throw refusal
    log.push({ code: made ? 'accepted' : 'linked', user: me ?? undefined, params: client ? { client } : {} })
    const others = points.left.filter(({ reason }) => reason === 'elsewhere').length
    if (known && points.free.length) log.push({ code: 'pointsAdded', user: me ?? undefined, params: { count: points.free.length } })
    if (others) log.push({ code: 'pointsElsewhere', user: me ?? undefined, params: { count: others } })
    return { patch: { state: made ? 'accepted' : 'linked', client, contact, order, owner }, log, event: 'accepted', points }
  })
}

/** Puts the item away with a reason; what came in stays. */
export async function decline(engine: Engine, caller: Caller, id: string, version: number | null, reason: string, note: string | null): Promise<Acted> {
  const field = objectOf(engine.live.current.model, 'intakeItem').byKey.get('declineReason')!
  if (!field.options?.some((one) => one.key === reason)) throw invalid('reason', 'option', 'Choose a reason from the list.')
  return act(engine, caller, id, version, { key: 'intakeDeclined' }, async (_w, row) => ({
    patch: { state: 'declined', declineReason: reason, declineNote: note?.trim() || null, owner: row.owner_id ?? caller.actor.userId },
    log: [{ code: 'declined', user: caller.actor.userId ?? undefined }],
    event: 'declined',
  }))
}

/** Not from a client at all: it does not count in conversion, and leaves the timeline onto which it came. */
export async function markSpam(engine: Engine, caller: Caller, id: string, version: number | null): Promise<Acted> {
  return act(engine, caller, id, version, { key: 'intakeSpam' }, async (_w, row) => ({
    patch: { state: 'spam', client: null, contact: null, order: null, owner: row.owner_id ?? caller.actor.userId }, log: [{ code: 'spam', user: caller.actor.userId ?? undefined }],
  }))
}

/** Takes an item from the common queue. Of two who try, one gets it. */
export async function take(engine: Engine, caller: Caller, id: string, country: string): Promise<Acted> {
  const me = caller.actor.userId
  if (!me) throw new NotAllowedError('Only a person can take a request.')
  return act(engine, caller, id, null, { key: 'intakeTaken' }, async (w, row) => {
    if (row.owner_id) throw new ConflictError('Somebody else has taken this request.', { id })
    const { value: settings } = await readSection(w.db, intakeSettings)
    const minutes = row.answered_at ? null : minutesFor(row, settings)
    const due = dueFor(await readCalendars(w.db, { timeZone: w.generation.company.timeZone, country }, [me]), me, minutes, w.now)
    return {
      patch: { owner: me, assignedAt: w.now.toISOString(), answerDue: due?.toISOString() ?? null, offers: [] },
      log: [{ code: 'taken', user: me }, ...due ? [{ code: 'timer' as const, params: { minutes: minutes! } }] : []],
    }
  }, false)
}

/** The first answer was given: the timer ends, the item stays to be dealt with. */
export async function answer(engine: Engine, caller: Caller, id: string): Promise<Acted> {
  return act(engine, caller, id, null, { key: 'intakeTaken' }, async (w, row) => (row.answered_at
    ? { patch: {}, log: [] }
    : { patch: { answeredAt: w.now.toISOString(), owner: row.owner_id ?? caller.actor.userId, offers: [] }, log: [{ code: 'answered', user: caller.actor.userId ?? undefined }] }), false)
}

/** Takes back that it was declined or spam, however long ago; it waits again. */
export async function reopen(engine: Engine, caller: Caller, id: string): Promise<Acted> {
  return act(engine, caller, id, null, { key: 'intakeTaken' }, async () => ({
    patch: { state: 'new', declineReason: null, declineNote: null, handledAt: null, handledBy: null }, log: [{ code: 'reopened', user: caller.actor.userId ?? undefined }],
  }), false, ['declined', 'spam'])
}

/** One action on one item, judged and written under its lock. `final`: it settles the item. */
async function act(engine: Engine, caller: Caller, id: string, version: number | null, summary: Summary, deed: (w: Writing, row: ItemRow, transfer: boolean) => Promise<Deed>, final = true, from: readonly ItemRow['state'][] = ['new']): Promise<Acted> {
  const gone = (): NotFoundError => new NotFoundError('There is no such record.', { object: 'intakeItem', id })
  if (!UUID.test(id)) throw gone()
  const { result, changeSetId } = await write(engine, caller, { summary }, async (w) => {
    const row = await lockItem(w, id)
    const rights = row && (await rightsOn(w, objectOf(w.generation.model, 'intakeItem'), [id])).get(id)
    if (!row || !rights) throw gone()
    if (!rights.update && !await isOffered(w, row)) throw new NotAllowedError('You may not change this intakeItem.', { object: 'intakeItem', id })
    if (!from.includes(row.state)) throw new ConflictError('Somebody has dealt with this request already.', { id, state: row.state })
    if (version !== null && version !== row.version) throw new ConflictError('Somebody changed this record meanwhile. Compare both versions and save again.', { object: 'intakeItem', id, version: row.version })
    // What is free may be taken by whoever may act on it; what is somebody's is handed over only from one's own scope.
    const transfer = !row.owner_id || rights.transfer
    const { patch, log, event, points } = await deed(w, row, transfer)
    if (!transfer && 'owner' in patch && patch.owner !== row.owner_id) throw new NotAllowedError('Only who has this intakeItem in his own scope may hand it over.', { object: 'intakeItem', id })
    const system = withSystemEyes(w)
    const now = w.now.toISOString()
    const settled = final ? { handledAt: now, handledBy: caller.actor.userId, answeredAt: row.answered_at?.toISOString() ?? now, offers: [] } : {}
    await put(system, 'intakeItem', { op: 'update', id, input: { ...settled, ...patch } })
    await keepDecisions(w.db, id, log)
    if (event) announce(w, id, event, patch.owner as string | null, row.team_id)
    const after = (key: string, was: string | null): string | null => (key in patch ? patch[key] as string | null : was)
    return { id, client: after('client', row.client_id), contact: after('contact', row.contact_id), order: after('order', row.order_id), pointsAdded: points?.free.length ?? 0, pointsLeft: points?.left ?? [] }
  })
  return { ...result, changeSet: changeSetId }
}

async function standsInFor(w: Writing, owner: string | null): Promise<boolean> {
  const { userId, standsIn } = w.access.actor
  if (!standsIn || !userId || !owner) return false
  const { rows } = await sql`select where ${owner}::uuid = any(${absentOwners(userId, objectOf(w.generation.model, 'intakeItem'), 'update')})`.execute(w.db)
  return rows.length > 0
}

async function isOffered(w: Writing, row: ItemRow): Promise<boolean> {
  if (row.owner_id || !w.caller.actor.userId) return false
  const { rows } = await sql`select 1 from core.intake_offer where item_id = ${row.id} and user_id = ${w.caller.actor.userId}`.execute(w.db)
  return rows.length > 0
}

/** The records that are linked, each seen by who links it. An order brings its client along. */
async function linked(w: Writing, row: ItemRow, chosen: Acceptance): Promise<{ client: string | null, contact: string | null, order: string | null }> {
  const refs = (['client', 'contact', 'order'] as const).flatMap((object): [string, string][] => (chosen[object] ? [[object, chosen[object]]] : []))
  const seen = await visibleTitles(w, refs)
  for (const [object, id] of refs) if (!seen.has(id)) throw invalid(object, 'reference', 'There is no such record.')
  let client = chosen.client ?? null
  if (chosen.order) {
    const { rows: [order] } = await sql<{ client: string | null }>`select client_id as client from core."order" where id = ${chosen.order} and trashed_at is null`.execute(w.db)
    if (!order) throw invalid('order', 'reference', 'There is no such record.')
    if (client && order.client && order.client !== client) throw invalid('order', 'reference', 'This order belongs to another client.')
    const of = order.client && !chosen.clientValues ? (await visibleTitles(w, [['client', order.client]])).has(order.client) : false
    if (of) client = order.client
  }
  return { client, contact: chosen.contact ?? (client && client === row.client_id && !chosen.contactValues ? row.contact_id : null), order: chosen.order ?? null }
}

/**
 * Never a second client: who is recognised for sure gets no new card, unless somebody says so. Whoever makes a client of an
 * item waits for the one before him, so that two items of one new client do not make two.
 */
async function checkNew(engine: Engine, w: Writing, row: ItemRow, anyway: boolean): Promise<Decision[]> {
  await sql`select pg_advisory_xact_lock(hashtext('kartotek.intake.clients'))`.execute(w.db)
  const sender = await senderOf(w.db, row)
  const strong = (await recognise(engine, withSystemEyes(w), sender)).filter((candidate) => candidate.strong && candidate.client)
  if (!strong.length) return []
  const titles = await visibleTitles(w, strong.map((candidate) => ['client', candidate.client!]))
  const visible = strong.filter((candidate) => titles.has(candidate.client!))
  // Of a client whom one does not see one learns only by a right of its own; without it a new card is all right.
  const told = w.access.capability('duplicates.see') ? strong : visible
  if (!told.length) return []
  // A client whom one sees is entered once more only by the right that it needs everywhere; hidden ones stop nobody for good.
  if (anyway && (!visible.length || w.access.capability('duplicates.create'))) return [{ code: 'anyway', user: w.caller.actor.userId ?? undefined }]
  if (visible.length) throw new DuplicateError('This is a client whom you have already: link the request to him.', { object: 'client', clients: visible.map((candidate) => ({ id: candidate.client, title: titles.get(candidate.client!) ?? null })) })
  const owners = await visibleTitles(w, told.flatMap((candidate) => (candidate.owner ? [['user', candidate.owner] as [string, string]] : [])))
  throw new DuplicateError('This client is looked after by a colleague: hand the request over, or make a new client all the same.', { object: 'client', owners: [...owners.values()].filter(Boolean) })
}

function invalid(field: string, rule: string, message: string): InputError {
  return new InputError(message, [{ field, rule, message }])
}
