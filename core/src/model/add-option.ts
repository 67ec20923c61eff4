import { textIn, type Locale, type OptionDefinition } from '@kartotek/sdk'
import type { Access } from '../access/access.ts'
import type { Caller } from '../access/caller.ts'
import type { Engine } from '../records/engine.ts'
import { changeModel, checkDefinition, invalid, keepField } from './change.ts'
import { storedField } from './field-plan.ts'
import type { FieldModel, ObjectModel } from './model.ts'
import { choiceAdded } from './under-way.ts'

/** Whether a field lets the actor add choices, because whoever may write it may. */
export function mayAddOption(access: Access, object: ObjectModel, field: FieldModel): boolean {
  return field.openOptions === true && !field.hidden && access.canWrite(field) && (access.scope(object, 'update') !== 'none' || access.scope(object, 'create') !== 'none')
}

/** Adds a choice to a field. Two who name the same one, in whatever case, get one choice. */
export async function addOption(engine: Engine, caller: Caller, field: FieldModel, label: string, locale: Locale): Promise<OptionDefinition> {
  if (!field.options) throw invalid('field', 'type', 'Only a select field has choices.')
  const name = label.normalize('NFC').replace(/\s+/g, ' ').trim()
  const same = (text: string): boolean => text.toLocaleLowerCase(locale) === name.toLocaleLowerCase(locale)
  return changeModel(engine, 'rules', async (trx) => {
    const row = await storedField(trx, field)
    const before = { ...row.definition, ...row.overrides }
    const options = before.options ?? []
    const there = options.find((o) => Object.values(o.label).some((text) => text && same(text)))
    if (there) return there
    const option: OptionDefinition = { key: keyOf(name, options), label: { [locale]: name }, color: 'slate' }
    const after = { ...before, options: [...options, option] }
    checkDefinition(engine, { name: field.name, type: field.type, label: field.label, options: after.options })
    await row.store({ ...row.overrides, options: after.options }, row.version + 1)
    await choiceAdded(trx, field, row.version)
    await keepField(trx, caller, { ...field, label: after.label }, before, after)
    return option
  })
}

/** Of the Latin letters of the name, where it has some; never one that is taken. */
function keyOf(name: string, options: readonly OptionDefinition[]): string {
  const base = name.normalize('NFKD').toLowerCase().replace(/[^a-z0-9]+/g, '_').replace(/^_+|_+$/g, '').slice(0, 50) || 'option'
  const taken = new Set(options.map((o) => o.key))
  for (let n = 1; ; n += 1) {
    const key = n === 1 ? base : `${base}_${n}`
    if (!taken.has(key)) return key
  }
}

/** A choice as the API shows it. */
export function optionInfo(option: OptionDefinition, locale: Locale): object {
  return { key: option.key, label: textIn(option.label, locale) || option.key, labels: option.label, color: option.color ?? 'slate', hidden: option.hidden ?? false }
}
