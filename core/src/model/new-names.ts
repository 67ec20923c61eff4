import { Kind, parse } from 'graphql'
import type { Kysely } from 'kysely'
import { compileAccess } from '../access/access.ts'
import { SYSTEM_CALLER } from '../access/caller.ts'
import { generateSdl } from '../graphql/sdl.ts'
import type { Engine } from '../records/engine.ts'
import { invalid } from './change.ts'
import { fieldTypes } from './field-types/index.ts'
import type { Hidden } from './load.ts'
import type { FieldModel, Model, ObjectModel } from './model.ts'

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- tables come and go with the model
type Db = Kysely<any>

/**
 * Makes a change that brings names into the model, and refuses it where something is called like one of them.
 * @param among what is hidden keeps its names from new ones; what comes back must differ from what is seen
 * @param path the input that gave the name
 * @throws InputError
 */
export async function withNewNames(engine: Engine, trx: Db, among: Extract<Hidden, 'without' | 'as if all were shown'>, path: string, change: () => Promise<void>): Promise<void> {
  const before = new Set(namedTwice(await engine.live.stored(trx, among)))
  await change()
  const model = await engine.live.stored(trx, among)
  const clash = namedTwice(model).find((name) => !before.has(name))
  if (clash === undefined) return
  const [type, member] = clash.split('.')
  const object = [...model.objects.values()].find((one) => one.type === type)
  throw invalid(path, 'unique', object && member ? `${object.name} has "${member}" already.` : `The API has "${member ?? type}" already: choose another name.`)
}

/** The types, and the members of a type, that two things of the model bring to the API: of both only one would be there. */
function namedTwice(model: Model): string[] {
  const { definitions } = parse(generateSdl(withOwnFields(model), compileAccess(model, [], SYSTEM_CALLER.actor)), { noLocation: true })
  const names = definitions.flatMap((one) => {
    if (one.kind !== Kind.OBJECT_TYPE_DEFINITION && one.kind !== Kind.INPUT_OBJECT_TYPE_DEFINITION && one.kind !== Kind.ENUM_TYPE_DEFINITION) return []
    return [one.name.value, ...('fields' in one ? one.fields ?? [] : []).map((field) => `${one.name.value}.${field.name.value}`)]
  })
  const seen = new Set<string>()
  return names.filter((name) => seen.has(name) || !seen.add(name))
}

/** An object may get fields of one's own any day, and these bring types: their names are its own from the start. */
function withOwnFields(model: Model): Model {
  const objects = [...model.objects].map(([name, object]): [string, ObjectModel] => [name, { ...object, fields: [...object.fields, ownField(name)] }])
  return { ...model, objects: new Map(objects) }
}

// No name that anybody can give begins so. A number, because sums bring types too.
const ownField = (object: string): FieldModel => ({
  id: '', object, name: '_any', key: 'custom._any', group: 'custom', kind: 'custom', type: 'decimal', label: { en: 'Any' }, columns: [], handler: fieldTypes.decimal, sources: [], version: 1, indexState: 'none', hidden: false,
})
