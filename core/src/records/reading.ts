import type { Kysely, RawBuilder } from 'kysely'
import { InputError, type Filter, type Locale } from '@kartotek/sdk'
import type { Access } from '../access/access.ts'
import type { Seen } from '../access/predicate.ts'
import type { Generation } from '../model/generation.ts'
import { targetOf, type FieldModel, type ObjectModel } from '../model/model.ts'

/** Whose eyes, over which generation, on which connection. Every read of records takes one. */
export interface Reading {
  generation: Generation
  access: Access
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- tables come and go with the model
  db: Kysely<any>
  locale: Locale
  /** Only what is about these records is read; the reader was found to see them. */
  seen?: Seen | undefined
  /** What `inSegment` of a filter may refer to, see `withSegments`. */
  segments?: ReadonlyMap<string, { object: string, filter: Filter }>
}

export type Condition = RawBuilder<boolean>

/**
 * The field under this key, if the actor may refer to it. A field that he may not read is answered exactly as one that
 * does not exist, or filters and sorting would tell its values.
 * @throws InputError rule `unknown`
 */
export function readableField(reading: Reading, object: ObjectModel, key: string, path = key): FieldModel {
  const field = object.byKey.get(key)
  if (field && reading.access.canRead(field)) return field
  throw field && reading.access.actor.kind === 'plugin' ? neededField(object, field, path) : unknownField(object, path)
}

/** A plugin's code knows the model anyway: its author is told what is missing, and does not look for a wrong name. */
function neededField(object: ObjectModel, field: FieldModel, path: string): InputError {
  const message = `${object.type} has the field "${path}", and this plugin may not read it: name in \`needs\` what it leads to or is computed from${targetOf(field) ? ` (\`${targetOf(field)}: ['read']\`)` : ''}.`
  return new InputError(message, [{ field: path, rule: 'unknown', message }])
}

export function unknownField(object: ObjectModel, path: string): InputError {
  return new InputError(`${object.type} has no field "${path}".`, [{ field: path, rule: 'unknown', message: `${object.type} has no field "${path}".` }])
}

/** The field of this path (`client.custom.tier`), where the reader may know of it. */
export function fieldAt({ generation, access }: Reading, path: string): FieldModel | undefined {
  const [name, ...key] = path.split('.')
  const object = generation.model.objects.get(name!)
  const field = object && access.scope(object, 'read') !== 'none' ? object.byKey.get(key.join('.')) : undefined
  return field && access.canRead(field) ? field : undefined
}
