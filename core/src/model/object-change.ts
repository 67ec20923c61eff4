import { isDeepStrictEqual } from 'node:util'
import { sql, type Kysely } from 'kysely'
import { ConflictError, NotFoundError, type Localized, type ObjectDefinition } from '@kartotek/sdk'
import type { Caller } from '../access/caller.ts'
import { keepConfiguration } from '../changes/configuration.ts'
import { accessOf, type Engine } from '../records/engine.ts'
import { prefixOf } from '../records/write/series.ts'
import { checkAccessFrom } from './access-paths.ts'
import { changeModel, checkHelp, checkLabels, invalid, knownObject, type Trying } from './change.ts'
import { brokenWithout, withoutField, withoutObject } from './dependants.ts'
import type { ObjectOverrides } from './load.ts'
import { giveLists } from './given-lists.ts'
import { withNewNames } from './new-names.ts'
import { requireRoom } from './own-parts.ts'
import { shelveRows } from '../records/write/shelve.ts'
import { columnOf, givenLists, objectOf, type Given, type ObjectModel } from './model.ts'

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- tables come and go with the model
type Db = Kysely<any>

/** Which numbers new records get. `field`: key of a text field; `next` is given to the next record. */
export interface SeriesInput { field?: string | null, prefix?: string | null, digits?: number | null, next?: number | null }

/** A change of an object; what is not given stays. Of an object that nobody made here, null takes the text of the system again. */
export interface ObjectUpdate {
  version?: number | null
  labels?: Localized | null
  labelsPlural?: Localized | null
  help?: Localized | null
  icon?: string | null
  owned?: boolean | null
  title?: string | null
  accessFrom?: string[] | null
  series?: SeriesInput | null
  contactPoints?: boolean | null
  addresses?: boolean | null
}

interface StoredObject { version: number, kind: ObjectModel['kind'], definition: ObjectDefinition & Given, overrides: ObjectOverrides, hidden_at: Date | null }

const ICON = /^[a-z0-9-]{1,60}$/
const OWN_ONLY = ['owned', 'title', 'accessFrom', ...givenLists] as const

/**
 * Changes an object: what it is called, and of an own one also what names its records, by which references they are seen and
 * that they have owners.
 * @param reverts the change set that this change takes back
 * @returns the change set, null where nothing is different
 * @throws ConflictError with a stale version, InputError
 */
export async function updateObject(engine: Engine, caller: Caller, name: string, update: ObjectUpdate, reverts?: string, trying?: Trying): Promise<string | null> {
  const object = knownObject(engine, name)
  check(engine, caller, object, update)
  await checkReadLists(engine, caller, object, update)
  return changeModel(engine, 'shape', async (trx) => {
    const row = await stored(trx, name)
    if (update.version != null && update.version !== row.version) throw new ConflictError('Somebody changed this object meanwhile. Look at it again.', { object: name, version: row.version })
    const before = objectState(row)
    const series = update.series ? await saveSeries(engine, trx, object, row, update.series) : update.series
    const overrides: Record<string, unknown> = { ...row.overrides }
    for (const [key, value] of Object.entries({ label: update.labels, labelPlural: update.labelsPlural, help: update.help, icon: update.icon, owned: update.owned, title: update.title, accessFrom: update.accessFrom, series, contactPoints: update.contactPoints, addresses: update.addresses })) {
      if (value === undefined) continue
      const usual = row.definition[key as keyof ObjectDefinition]
      // What is as the system brings it stays so with an upgrade.
      if (isDeepStrictEqual(value, usual) || (value === null && (usual === undefined || row.kind !== 'custom'))) delete overrides[key]
      else overrides[key] = value
    }
    if (overrides.owned === true && !object.owned) await giveOwners(trx, object)
    const store = async (): Promise<void> => {
      await giveLists(trx, engine.live.current.model, object, givenLists.filter((list) => update[list]))
      await trx.updateTable('core.object').set({ overrides: JSON.stringify(overrides), version: row.version + 1 }).where('name', '=', name).execute()
    }
    const given = givenLists.find((list) => update[list] && !object[list])
    await (given ? withNewNames(engine, trx, 'without', given, store) : store())
    const after = await stored(trx, name)
    return keepConfiguration(trx, caller, { subject: 'object', id: name, object: name, name: { ...row.definition, ...overrides }.label, before, after: objectState(after) }, reverts)
  }, trying)
}

/**
 * Takes an own object out of the API, with the references to it, or brings it back. Records and values stay.
 * @throws ConflictError while gates or rules need it
 */
export async function setObjectHidden(engine: Engine, caller: Caller, name: string, hidden: boolean, reverts?: string, trying?: Trying): Promise<string | null> {
  const here = engine.live.current.model.objects.get(name)
  if (here && here.kind !== 'custom') throw invalid('name', 'readOnly', 'Only own objects can be hidden.')
  const usedBy = hidden && here ? await brokenWithout(engine, caller, (model) => withoutObject(model, name)) : []
  if (usedBy.length > 0) throw new ConflictError(`The object is read by ${usedBy.join(', ')}: take it out there first.`, { usedBy })
  return changeModel(engine, 'shape', async (trx) => {
    const row = await stored(trx, name)
    if (row.kind !== 'custom') throw new NotFoundError(`There is no object "${name}".`, { object: name })
    const place = [row.definition.partOf ?? []].flat()[0]
    const model = !hidden && place ? await engine.live.stored(trx) : null
    if (model && !model.objects.has(place!.object)) throw new ConflictError('These are rows on the cards of an object that is hidden itself: restore that one first.', { object: place!.object })
    if (model && row.hidden_at) requireRoom(model, place!, 'name')
    const store = async (): Promise<void> => {
      await trx.updateTable('core.object').set({ hidden_at: hidden ? row.hidden_at ?? new Date() : null, version: row.version + 1 }).where('name', '=', name).execute()
    }
    await (hidden ? store() : withNewNames(engine, trx, 'without', 'name', store))
    if (model) {
      // Records went to the trash and came back without these rows.
      const shown = await engine.live.stored(trx)
      await shelveRows(trx, shown, objectOf(shown, place!.object))
    }
    return keepConfiguration(trx, caller, {
      subject: 'object', id: name, name: { ...row.definition, ...row.overrides }.label, before: { hidden: row.hidden_at !== null }, after: { hidden },
    }, reverts)
  }, trying)
}

interface HiddenObject extends Pick<ObjectDefinition, 'name' | 'plural' | 'label' | 'labelPlural' | 'help' | 'owned' | 'staged'>, Given { icon: string, hiddenAt: Date }

/** Own objects that are hidden now. */
export async function hiddenObjects(db: Db): Promise<HiddenObject[]> {
  const rows = await db.selectFrom('core.object').select(['name', 'plural', 'definition', 'overrides', 'hidden_at']).where('kind', '=', 'custom').where('hidden_at', 'is not', null).orderBy('name').execute()
  return rows.map((row) => {
    const { label, labelPlural, help, icon = 'box', owned, staged, contactPoints, addresses } = { ...row.definition as ObjectDefinition & Given, ...row.overrides as ObjectOverrides }
    return { name: String(row.name), plural: String(row.plural), label, labelPlural, help, icon, owned, staged, contactPoints, addresses, hiddenAt: row.hidden_at as Date }
  })
}

/** The state of an object as its changes are kept, and as it is given back. */
export async function objectStateOf(db: Db, name: string): Promise<object> {
  return objectState(await stored(db, name, false))
}

/** The number that the next record of a series gets. */
export async function nextNumber(db: Db, key: string): Promise<number> {
  const { rows } = await sql<{ next: string }>`select next from core.series where key = ${key}`.execute(db)
  return Number(rows[0]?.next ?? 1)
}

async function stored(db: Db, name: string, lock = true): Promise<StoredObject> {
  const query = db.selectFrom('core.object').select(['version', 'kind', 'definition', 'overrides', 'hidden_at']).where('name', '=', name)
  const row = await (lock ? query.forUpdate() : query).executeTakeFirst()
  if (!row) throw new NotFoundError(`There is no object "${name}".`, { object: name })
  return row as StoredObject
}

function objectState({ definition, overrides, hidden_at }: StoredObject): object {
  const { label: labels, labelPlural: labelsPlural, help, icon, owned = false, title, accessFrom = [], series, contactPoints = false, addresses = false } = { ...definition, ...overrides }
  return {
    labels, labelsPlural, help: help ?? null, icon: icon ?? null, owned, title, accessFrom, contactPoints, addresses, hidden: hidden_at !== null,
    series: series ? { field: series.field, prefix: series.prefix ?? '', digits: series.digits ?? 1 } : null,
  }
}

function check(engine: Engine, caller: Caller, object: ObjectModel, update: ObjectUpdate): void {
  const own = object.kind === 'custom'
  for (const key of ['labels', 'labelsPlural'] as const) {
    if (update[key] === null && own) throw invalid(key, 'required', 'Give a label in at least one language.')
    if (update[key]) checkLabels(update[key], key)
  }
  checkHelp(update.help)
  if (update.icon != null && !ICON.test(update.icon)) throw invalid('icon', 'pattern', 'An icon is a name of the lucide set: small letters, digits and hyphens.')
  const other = OWN_ONLY.find((key) => update[key] !== undefined && update[key] !== null && !own)
  if (other) throw invalid(other, 'readOnly', 'Only of own objects can this be set.')
  const ofWhole = (['owned', ...givenLists, 'series', 'accessFrom'] as const).find((key) => (key === 'accessFrom' ? update.accessFrom?.length : update[key]))
  if (own && object.partOf.length && ofWhole) throw invalid(ofWhole, 'type', 'Rows have owner, stage and access from the record on which they stand.')
  if (update.owned === false && object.owned) throw invalid('owned', 'readOnly', 'Records have owners already, and access goes by them: that stays.')
  const access = accessOf(engine, engine.live.current, caller.actor)
  if (update.title != null && update.title !== object.title) {
    const title = object.byKey.get(update.title)
    if (title?.type !== 'text' || !access.canRead(title)) throw invalid('title', 'option', 'Records are named by a text field of their own.')
  }
  if (update.title === null && own) throw invalid('title', 'required', 'Records are named by a text field of their own.')
  if (update.accessFrom != null && update.accessFrom.join() !== (object.accessFrom ?? []).join()) {
    access.require('access.manage')
    // Nobody widens what he sees or changes himself.
    if (access.scope(object, 'read') !== 'all' || access.scope(object, 'update') !== 'all') throw invalid('accessFrom', 'readOnly', 'This is set by who may see and change all records of the object.')
    for (const path of update.accessFrom) if (object.byKey.has(path) && !access.canRead(object.byKey.get(path)!)) throw invalid('accessFrom', 'reference', `There is no field "${path}".`)
    checkAccessFrom(engine.live.current.model, object, update.accessFrom)
  }
  if (update.series) checkSeries(object, update.series, access.canRead)
  if (update.series === null && !own) throw invalid('series', 'readOnly', 'The system numbers these records.')
}

/** A list is taken where nothing reads it. Its rows stay. */
async function checkReadLists(engine: Engine, caller: Caller, object: ObjectModel, update: ObjectUpdate): Promise<void> {
  for (const list of givenLists) {
    const here = object.lists.find((l) => l.name === list)
    if (!here || !object[list] || update[list] === undefined || update[list] === true) continue
    const field = objectOf(engine.live.current.model, here.object).byKey.get(here.field)!
    const usedBy = await brokenWithout(engine, caller, (model) => withoutField(model, field))
    if (usedBy.length > 0) throw new ConflictError(`The field is read by ${usedBy.join(', ')}: take it out there first.`, { usedBy })
  }
}

function checkSeries(object: ObjectModel, series: SeriesInput, canRead: (field: NonNullable<ReturnType<ObjectModel['byKey']['get']>>) => boolean): void {
  const key = series.field ?? object.series?.field
  const field = key ? object.byKey.get(key) : undefined
  if (!field || !canRead(field) || field.type !== 'text' || field.formula !== undefined) throw invalid('series.field', 'option', 'Numbers stand in a text field that people or the system fill.')
  if (object.kind !== 'custom' && key !== object.series?.field) throw invalid('series.field', 'readOnly', object.series ? 'The field of these numbers stays as it is.' : 'Only own objects get a new series.')
  if (series.prefix != null && series.prefix.length > 20) throw invalid('series.prefix', 'maxLength', 'A prefix has at most 20 characters.')
  if (series.digits != null && (series.digits < 1 || series.digits > 12)) throw invalid('series.digits', 'max', 'Digits of a number: 1–12.')
  if (series.next != null && (series.next < 1 || series.next > 999_999_999_999)) throw invalid('series.next', 'min', 'The next number is at least 1.')
}

/** Keeps the counter; a number that was given stays given. */
async function saveSeries(engine: Engine, trx: Db, object: ObjectModel, row: StoredObject, input: SeriesInput): Promise<NonNullable<ObjectDefinition['series']>> {
  const before = { ...row.definition, ...row.overrides }.series
  const series = { key: before?.key ?? object.name, field: input.field ?? before!.field, prefix: input.prefix ?? before?.prefix ?? '', digits: input.digits ?? before?.digits ?? 1 }
  const now = await nextNumber(trx, series.key)
  if ((input.next != null && input.next !== now) || series.field !== before?.field || series.prefix !== before?.prefix) {
    const prefix = prefixOf(series, engine.live.current.company.timeZone)
    const column = sql.id(columnOf(object.byKey.get(series.field)!))
    const { rows } = await sql<{ last: string }>`select coalesce(max(substr(${column}, ${prefix.length + 1})::bigint), 0) as last from core.${sql.id(object.table)}
      where starts_with(${column}, ${prefix}) and substr(${column}, ${prefix.length + 1}) ~ '^[0-9]{1,15}$'`.execute(trx)
    const last = Number(rows[0]!.last)
    if (input.next != null && input.next <= last) throw invalid('series.next', 'min', `Number ${last} is given already: the next one is at least ${last + 1}.`)
    await sql`insert into core.series (key, next) values (${series.key}, ${input.next ?? Math.max(now, last + 1)}) on conflict (key) do update set next = excluded.next`.execute(trx)
  }
  return series
}

/** Records get owners: who made them, so that nobody loses sight of his own. */
async function giveOwners(trx: Db, object: ObjectModel): Promise<void> {
  await sql`alter table core.${sql.id(object.table)} add column if not exists owner_id uuid, add column if not exists team_id uuid`.execute(trx)
  await sql`update core.${sql.id(object.table)} set owner_id = created_by where owner_id is null and created_by in (select id from core."user")`.execute(trx)
}
