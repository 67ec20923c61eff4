import { sql, type RawBuilder } from 'kysely'
import { InputError, type MayContact } from '@kartotek/sdk'
import { accessPredicate } from '../access/predicate.ts'
import type { Access } from '../access/access.ts'
import { UUID } from '../facts/uuid.ts'
import { columnOf, objectOf, type Model, type ObjectModel } from '../model/model.ts'
import type { Reading } from '../records/reading.ts'
import { CHANNEL_KEYS } from './channels.ts'

type Sql<T> = RawBuilder<T>

/** Whether the actor may ask whom of this object one may contact: he knows of the mark and of consents. */
export function asksMayContact(model: Model, access: Access, object: ObjectModel): boolean {
  const consent = model.objects.get('consent')
  const mark = object.byKey.get('doNotContact')
  return mark !== undefined && access.canRead(mark) && consent !== undefined && access.scope(consent, 'read') !== 'none'
    && ['subject', 'purpose', 'channel', 'state', 'at'].every((key) => access.canRead(consent.byKey.get(key)!))
}

/** What was said last about the purpose and the channel: given, withdrawn, or nothing. */
function saidLast(model: Model, alias: string, channel: string, purpose: string): Sql<string | null> {
  const consent = objectOf(model, 'consent')
  const c = (key: string): Sql<unknown> => sql.ref(`said.${columnOf(consent.byKey.get(key)!)}`)
  return sql<string | null>`(select ${c('state')} from core.${sql.id(consent.table)} said where ${c('subject')} = ${sql.ref(`${alias}.id`)} and ${c('purpose')} = ${purpose} and ${c('channel')} = ${channel}
    and said.trashed_at is null order by ${c('at')} desc, said.id desc limit 1)`
}

/** Why one may not; null where one may. */
function refusal(model: Model, object: ObjectModel, alias: string, channel: string, purpose: string | undefined): Sql<MayContact['reason']> {
  const mark = sql.ref(`${alias}.${columnOf(object.byKey.get('doNotContact')!)}`)
  const erased = sql.ref(`${alias}.${columnOf(object.byKey.get('erasedAt')!)}`)
  const said = purpose === undefined ? null : saidLast(model, alias, channel, purpose)
  const consent = said && sql`when (select needs_consent from core.consent_purpose where key = ${purpose}) is not false then case ${said} when 'given' then null when 'withdrawn' then 'withdrawn' else 'noConsent' end
    when ${said} = 'withdrawn' then 'withdrawn'`
  return sql<MayContact['reason']>`case when ${erased} is not null then 'erased' when coalesce(${mark} @> ${[channel]}::text[], false) then 'doNotContact' ${consent ?? sql``} end`
}

/** The filter `mayContact: { channel, purpose }`. @throws InputError for an unknown channel */
export function mayContactCondition(model: Model, object: ObjectModel, value: { channel?: unknown, purpose?: unknown }, alias: string): Sql<boolean> {
  return sql<boolean>`(${refusal(model, object, alias, checkedChannel(value.channel), value.purpose == null ? undefined : String(value.purpose))}) is null`
}

/**
 * Whether these people may be written to or called, for a purpose or, without one, at all. Whoever sends to many asks here first, and again for each
 * before it goes out.
 */
export async function mayContact(reading: Reading, name: string, ids: readonly string[], channel: string, purpose?: string): Promise<MayContact[]> {
  const { generation: { model }, access, db } = reading
  const object = model.objects.get(name)
  if (!object || !asksMayContact(model, access, object)) throw new InputError(`It cannot be asked whom of "${name}" one may contact.`)
  checkedChannel(channel)
  const found = new Map<string, MayContact['reason']>()
  const wanted = [...new Set(ids)].filter((id) => UUID.test(id))
  for (let i = 0; i < wanted.length; i += 1_000) {
    const allowed = accessPredicate(model, access, object, 'read', 'r')
    const { rows } = await sql<{ id: string, reason: MayContact['reason'] }>`select r.id, ${refusal(model, object, 'r', channel, purpose)} as reason from core.${sql.id(object.table)} r
      where r.id = any(${wanted.slice(i, i + 1_000)}::uuid[]) and r.trashed_at is null ${allowed ? sql`and ${allowed}` : sql``}`.execute(db)
    for (const row of rows) found.set(row.id, row.reason)
  }
  return ids.map((id) => ({ id, may: found.get(id) === null, reason: found.has(id) ? found.get(id)! : 'unknown' }))
}

function checkedChannel(channel: unknown): string {
  if (typeof channel !== 'string' || !CHANNEL_KEYS.includes(channel)) throw new InputError(`A channel is one of ${CHANNEL_KEYS.join(', ')}.`, [{ field: 'mayContact.channel', rule: 'option', message: `A channel is one of ${CHANNEL_KEYS.join(', ')}.` }])
  return channel
}
