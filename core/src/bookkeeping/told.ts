import { textIn, type Locale, type Localized } from '@kartotek/sdk'
import type { Access } from '../access/access.ts'
import type { Model, ObjectModel } from '../model/model.ts'
import { groupName } from '../model/naming.ts'

/** Words of an exchange in the reader's language, cut to what the contract allows. */
export function said(words: Localized | string | null | undefined, locale: Locale, most: number): string | null {
  const text = typeof words === 'string' ? words : words ? textIn(words, locale) : ''
  return text.trim().slice(0, most) || null
}

/**
 * Whether the reader may know of what is said of a field: `name`, `custom.tier`, `client.name`, `lines.0.price`. What the model does not
 * have is no secret of it.
 */
export function mayKnow(model: Model, access: Access, object: ObjectModel, key: string): boolean {
  const [first = '', ...rest] = key.split('.')
  const field = object.byKey.get(key) ?? object.fields.find((one) => one.group && `${groupName(one.group)}.${one.name}` === key) ?? object.byKey.get(first)
  const list = object.lists.find(({ name }) => name === first)
  if (list && !access.canList(list)) return false
  if (field && !access.canRead(field)) return false
  const inner = rest.filter((part) => !/^\d+$/.test(part)).join('.')
  const target = model.objects.get(list?.object ?? field?.to ?? '')
  if (!target || !inner || field?.key === key) return true
  return access.scope(target, 'read') !== 'none' && mayKnow(model, access, target, inner)
}

/** What a field is called, for who may know of it. */
export function fieldLabel(object: ObjectModel, key: string, locale: Locale): string | null {
  const field = object.byKey.get(key) ?? object.fields.find((one) => one.group && `${groupName(one.group)}.${one.name}` === key)
  return field ? textIn(field.label, locale) || null : null
}
