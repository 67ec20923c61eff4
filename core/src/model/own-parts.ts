import type { Kysely } from 'kysely'
import { uuidv7 } from 'uuidv7'
import type { FieldDefinition, PartOf } from '@kartotek/sdk'
import type { Caller } from '../access/caller.ts'
import { accessOf, type Engine } from '../records/engine.ts'
import { addColumns } from './columns.ts'
import { invalid } from './change.ts'
import { addForeignKey, columnsOf, identifier } from './ddl.ts'
import { givenLists, type Model, type ObjectModel } from './model.ts'
import { snake } from './naming.ts'

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- tables come and go with the model
type Db = Kysely<any>

const MAX_OWN_LISTS = 20

/** What the rows of a list have from the record on which they stand, and cannot have of their own. */
const OF_THE_WHOLE = ['owned', 'staged', ...givenLists] as const

/**
 * The place of an own object whose records are rows on the cards of another one (the instalments of a contract).
 * @param list name of the list on the whole
 * @throws InputError where the object takes no such list
 */
export function placeInWhole(engine: Engine, caller: Caller, input: { partOf: string } & Partial<Record<(typeof OF_THE_WHOLE)[number], boolean | null>>, list: string): { place: PartOf, whole: ObjectModel } {
  const { current } = engine.live
  const whole = current.model.objects.get(input.partOf)
  if (!whole || accessOf(engine, current, caller.actor).scope(whole, 'read') === 'none' || !takesRows(whole)) throw noPlace(input.partOf)
  const given = OF_THE_WHOLE.find((key) => input[key])
  if (given) throw invalid(given, 'type', 'Rows have owner, stage and access from the record on which they stand.')
  return { place: { object: whole.name, field: whole.name, list }, whole }
}

const noPlace = (whole: string): Error => invalid('partOf', 'reference', `Records of "${whole}" have no lists of their own.`)

/**
 * Whether one more list has room there, in the model that nobody else changes meanwhile.
 * @param path the input that asked for it
 * @throws InputError
 */
export function requireRoom(model: Model, { object }: PartOf, path: string): void {
  const whole = model.objects.get(object)
  if (!whole) throw noPlace(object)
  if (ownListsOf(model, whole).length >= MAX_OWN_LISTS) throw invalid(path, 'tooMany', `An object has at most ${MAX_OWN_LISTS} lists of its own.`)
}

/** Whether an administrator may give its records lists: they have a card, and are neither kept by programs nor gone with a plugin. */
export const takesRows = ({ name, kind, partOf, personal, fields }: ObjectModel): boolean =>
  kind !== 'plugin' && !partOf.length && !personal && !['user', 'team', 'intakeItem'].includes(name) && !fields.some(({ type, required }) => type === 'record' && required)

const ownListsOf = (model: Model, whole: ObjectModel): ObjectModel[] => [...model.objects.values()].filter(({ kind, partOf }) => kind === 'custom' && partOf.some(({ object }) => object === whole.name))

/** Gives the rows the reference to their record; they go with it. */
export async function addWhole(trx: Db, part: { name: string, table: string }, { field }: PartOf, whole: ObjectModel): Promise<void> {
  const definition: FieldDefinition = { name: field, type: 'reference', to: whole.name, label: whole.label }
  // Fields of one's own have columns that begin with x.
  const columns = columnsOf('', definition).map((column) => ({ ...column, name: identifier(`whole_${snake(field)}_id`) }))
  await addColumns(trx, part.table, columns)
  await addForeignKey(part.table, columns[0]!.name, whole.table, true).execute(trx)
  await trx.insertInto('core.field').values({ id: uuidv7(), object: part.name, field_group: '', name: field, kind: 'custom', columns: JSON.stringify(columns), definition: JSON.stringify(definition) }).execute()
}
