import { isDeepStrictEqual } from 'node:util'
import { NotFoundError, type FieldDefinition } from '@kartotek/sdk'
import type { ObjectOverrides } from '../model/load.ts'
import { createField, type FieldInput } from '../model/change.ts'
import { setFieldHidden, updateField, type FieldUpdate } from '../model/field-plan.ts'
import { fieldKey } from '../model/naming.ts'
import { clean, type Item, type Section, type Workshop } from './section.ts'

/** What is not said is this. */
const USUAL: Item = { required: false, unique: false, filterable: false, searchable: false, openOptions: false, history: false, exported: true, section: 'main' }
/** What can be given to a field that is there. */
const CHANGEABLE = ['labels', 'help', 'required', 'unique', 'default', 'min', 'max', 'minLength', 'maxLength', 'pattern', 'formula', 'options', 'openOptions', 'section', 'shownWhen', 'position', 'filterable', 'exported', 'searchable', 'history'] as const

const isOwn = (group: string): boolean => group === 'custom'

interface Row { object: string, field_group: string, name: string, definition: FieldDefinition, overrides: Partial<FieldDefinition>, hidden_at: Date | null }

/** Own fields whole, and of other fields what the company set otherwise. In their order: that is how cards show them. */
export const fields: Section = {
  name: 'fields',
  capability: 'model.manage',
  word: 'field',
  async read(workshop) {
    const { engine } = workshop.fresh()
    const rows = await engine.db.selectFrom('core.field').select(['object', 'field_group', 'name', 'definition', 'overrides', 'hidden_at']).orderBy('object').orderBy('created_at').orderBy('id').execute() as unknown as Row[]
    // What a field was before its type changed is no field of the model.
    const known = rows.filter((row) => !row.overrides.technical && engine.live.current.model.objects.has(row.object) && (isOwn(row.field_group) || Object.keys(row.overrides).length > 0))
    const of = await engine.db.selectFrom('core.object').select(['name', 'overrides']).orderBy('name').execute() as unknown as { name: string, overrides: ObjectOverrides }[]
    const base = of.flatMap(({ name: object, overrides }): Row[] => (!engine.live.current.model.objects.has(object) ? [] : Object.entries(overrides.base ?? {})
      .map(([name, { version: _version, ...set }]) => ({ object, field_group: '', name, definition: {} as FieldDefinition, overrides: set, hidden_at: null }))))
    return new Map([...known, ...base].map((row) => [`${row.object}.${fieldKey(row.field_group, row.name)}`, itemOf(row)]))
  },
  // Of a field of the core or a plugin the file tells only what it sets.
  wanted(key, from, to) {
    const whole = key.includes('.custom.') ? to : { ...from, ...to }
    return whole.options ? { ...whole, options: (whole.options as Item[]).map((option) => ({ color: 'slate', ...option })) } : whole
  },
  refuses(key, from, to) {
    const own = key.includes('.custom.')
    if (!from) return own === (to.type !== undefined) ? null : own ? 'its type is missing' : 'only own fields are made: client.custom.tier'
    const fixed = Object.keys({ ...from, ...to }).filter((name) => name !== 'hidden' && !(CHANGEABLE as readonly string[]).includes(name) && !isDeepStrictEqual(from[name], to[name]))
    return fixed.length > 0 ? `${fixed.join(', ')} of a field stay as they are` : null
  },
  async apply(workshop, key, from, to) {
    const { engine, caller } = workshop.fresh()
    const [object, field] = [key.slice(0, key.indexOf('.')), key.slice(key.indexOf('.') + 1)]
    const { hidden, ...given } = to
    const wished = key.includes('.custom.') ? given : { ...from, ...given }
    if (from) requireOpen(workshop, key)
    if (from?.hidden && !hidden) {
      await setFieldHidden(engine, caller, object, field, false)
      await workshop.recompute(object)
    }
    if (!from && to.type !== undefined) await createField(engine, caller, object, { ...wished, name: field.replace('custom.', '') } as FieldInput)
    else {
      const changes = changesOf(from ?? {}, wished)
      requireOpen(workshop, key)
      if (Object.keys(changes).length > 0) await updateField(engine, caller, object, field, changes)
    }
    if (to.formula !== undefined && to.formula !== from?.formula) await workshop.recompute(object)
  },
  // A formula may have been made of it before it was hidden.
  async finish(workshop, key, from, { hidden }) {
    const { engine, caller } = workshop.fresh()
    if (from) requireOpen(workshop, key)
    if (hidden && !from?.hidden) await setFieldHidden(engine, caller, key.slice(0, key.indexOf('.')), key.slice(key.indexOf('.') + 1), true)
  },
}

/** As in the API: a field that is closed to who changes the model is none for him. @throws NotFoundError */
function requireOpen(workshop: Workshop, key: string): void {
  const { access, engine } = workshop.fresh()
  const point = key.indexOf('.')
  const field = engine.live.current.model.objects.get(key.slice(0, point))?.fields.find((one) => one.key === key.slice(point + 1))
  if (!field || !access.canRead({ ...field, hidden: false })) throw new NotFoundError(`There is no field "${key}".`)
}

function itemOf({ field_group, definition, overrides, hidden_at }: Row): Item {
  const { name: _name, label, options, typedSince: _since, ...rest } = (isOwn(field_group) ? { ...definition, ...overrides } : overrides) as FieldDefinition & { typedSince?: string }
  const item = clean({ ...rest, labels: label, options: options?.map(({ label: labels, ...option }) => ({ ...option, labels })), ...(hidden_at ? { hidden: true } : {}) }) as Item
  return Object.fromEntries(Object.entries(item).filter(([key, value]) => !isOwn(field_group) || !(key in USUAL) || USUAL[key] !== value))
}

/** What is in the way of the file; what the file does not name is given up. */
function changesOf(from: Item, to: Item): FieldUpdate {
  return Object.fromEntries(CHANGEABLE.filter((name) => !isDeepStrictEqual(from[name], to[name])).map((name) => [name, to[name] ?? USUAL[name] ?? null])) as FieldUpdate
}
