import type { FieldType, ShownWhen } from '@kartotek/sdk'
import type { FieldInfo, Labels, OptionInfo } from '../../model/types.ts'
import { isMovingDefault, newDraft } from '../../records/card/part-rows.ts'
import { draftOf, inputOf } from '../../records/draft.ts'
import { cleanLabels, keyFrom } from '../labels.ts'
import { hasLength, hasOptions, hasRange, hasScale } from './field-types.ts'

/** A choice while it is edited; `handle` holds it in place on the screen and is the key of a saved one. */
export interface OptionForm { handle: string, key: string, labels: Labels, color: string, saved: boolean, hidden: boolean }

/** A field while it is being made or changed. Numbers are kept as they are written. */
export interface FieldForm {
  type: FieldType
  format: FieldInfo['format']
  /** Null: people fill the field. */
  formula: string | null
  name: string
  labels: Labels
  helps: Labels
  section: string
  shownWhen: ShownWhen | null
  required: boolean
  unique: boolean
  filterable: boolean
  searchable: boolean
  exported: boolean
  history: boolean
  min: string
  max: string
  minLength: string
  maxLength: string
  pattern: string
  scale: string
  to: string
  reverse: string
  /** In the shape of the field's editor (see records/draft.ts). */
  default: unknown
  options: OptionForm[]
  /** Whoever may write the field may add choices. */
  openOptions: boolean
}

let made = 0
export const newOption = (): OptionForm => ({ handle: `option-${made++}`, key: '', labels: {}, color: 'slate', saved: false, hidden: false })

/** A moment with its time zone, as `<input type="datetime-local">` wants it, and back. */
const rangeText = (field: FieldInfo, value: string | null) => value === null ? '' : field.type === 'dateTime' ? String(draftOf(field, value)) : value
const rangeValue = (form: FieldForm, text: string) => text.trim() === '' ? null : form.type === 'dateTime' ? inputOf(form, text) : text.trim().replace(',', '.')

export function formOf(field: FieldInfo | null): FieldForm {
  return {
    type: (field?.type ?? 'text') as FieldType, format: field?.format ?? null, formula: field?.formula ?? null, name: field?.name ?? '', labels: { ...field?.labels }, helps: { ...field?.helps },
    section: field?.section ?? 'main', shownWhen: field?.shownWhen ?? null,
    required: field?.required ?? false, unique: field?.unique ?? false, filterable: field?.filterable ?? true,
    searchable: field?.searchable ?? false, exported: field?.exported ?? true, history: field?.history ?? false,
    min: field ? rangeText(field, field.min) : '', max: field ? rangeText(field, field.max) : '',
    minLength: field?.minLength?.toString() ?? '', maxLength: field?.maxLength?.toString() ?? '', pattern: field?.pattern ?? '',
    scale: field?.scale?.toString() ?? '', to: field?.to ?? '', reverse: field?.reverse ?? '', default: !field ? '' : isMovingDefault(field, field.default) ? field.default : newDraft(field),
    options: field?.options.map(option => ({ handle: option.key, key: option.key, labels: { ...option.labels }, color: option.color ?? 'slate', saved: true, hidden: option.hidden ?? false })) ?? [], openOptions: field?.openOptions ?? false,
  }
}

const numberOrNull = (text: string) => text.trim() === '' ? null : Number(text.replace(',', '.'))

/** Choices with a key each, by handle: new ones get theirs from the label, numbered where it is taken. */
function keyedOptions(options: readonly OptionForm[]): Map<string, OptionInfo> {
  const taken = new Set(options.map(option => option.key).filter(Boolean))
  const named = options.filter(option => Object.keys(cleanLabels(option.labels)).length)
  return new Map(named.map((option, index) => {
    let { key } = option
    if (!key) {
      const base = keyFrom(option.labels.en ?? Object.values(option.labels).find(Boolean) ?? '') || `option_${index + 1}`
      key = base
      for (let number = 2; taken.has(key); number++) key = `${base}_${number}`
      taken.add(key)
    }
    return [option.handle, { key, labels: cleanLabels(option.labels), color: option.color, ...(option.hidden ? { hidden: true } : {}) }]
  }))
}

/** The default as the API takes it. Choices are told apart by their handles until their keys are made. */
function defaultInput(form: FieldForm): unknown {
  if (form.type === 'boolean') return form.default === true || null
  if (isMovingDefault(form, form.default)) return form.default
  if (!hasOptions(form.type)) return inputOf(form, form.default)
  const options = keyedOptions(form.options)
  const keyOf = (handle: string) => options.get(handle)?.key ?? []
  const keys = [form.default ?? []].flat().flatMap(handle => keyOf(handle as string))
  return form.type === 'select' ? keys[0] ?? null : keys.length ? keys : null
}

/** What can be set at any time; a new field has its name, type and target besides. */
export function fieldUpdate(form: FieldForm): Record<string, unknown> {
  const when = form.shownWhen
  const shownWhen = when && ('formula' in when ? (when.formula.trim() ? { formula: when.formula.trim() } : null) : when.in.length ? when : null)
  if (form.formula !== null) {
    return { labels: cleanLabels(form.labels), help: cleanLabels(form.helps), section: form.section.trim() || 'main', shownWhen, filterable: form.filterable, exported: form.exported, history: form.history, formula: form.formula.trim() }
  }
  return {
    labels: cleanLabels(form.labels), help: cleanLabels(form.helps), section: form.section.trim() || 'main', shownWhen, required: form.required, unique: form.unique,
    filterable: form.filterable, searchable: form.searchable, exported: form.exported, history: form.history,
    ...(hasRange(form.type) ? { min: rangeValue(form, form.min), max: rangeValue(form, form.max) } : {}),
    ...(hasLength(form.type) && !form.format ? { minLength: numberOrNull(form.minLength), maxLength: numberOrNull(form.maxLength) } : {}),
    ...(form.type === 'text' && !form.format ? { pattern: form.pattern.trim() || null } : {}),
    ...(hasOptions(form.type) ? { options: [...keyedOptions(form.options).values()], openOptions: form.openOptions } : {}),
    default: defaultInput(form),
  }
}

export function fieldInput(form: FieldForm): Record<string, unknown> {
  const update = Object.fromEntries(Object.entries(fieldUpdate(form)).filter(([, value]) => value !== null))
  return {
    name: form.name, type: form.type, ...update,
    ...(form.format ? { format: form.format } : {}),
    ...(hasScale(form.type) && form.scale ? { scale: Number(form.scale) } : {}),
    ...(form.type === 'reference' ? { to: form.to, ...(form.reverse.trim() ? { reverse: form.reverse.trim() } : {}) } : {}),
  }
}

/** Only what differs from the saved field; a plan is made from the same. */
export function changesOf(form: FieldForm, field: FieldInfo): Record<string, unknown> {
  const before = fieldUpdate(formOf(field))
  return Object.fromEntries(Object.entries(fieldUpdate(form)).filter(([key, value]) => JSON.stringify(value) !== JSON.stringify(before[key])))
}

/** The field as it would be, for editors of its values (the default, what empty records are filled with). */
export function previewOf(form: FieldForm, field: FieldInfo | null): FieldInfo {
  return {
    key: field?.key ?? `custom.${form.name}`, name: form.name, group: field?.group ?? 'custom', type: form.type, format: form.format, labels: form.labels, helps: {},
    required: false, unique: false, readOnly: false, writable: true, hidden: false, filterable: false, sortable: false, searchable: false, exported: true, history: false,
    object: '', default: null, formula: null, normalForm: null, min: null, max: null, minLength: null, maxLength: null, pattern: null, scale: null, to: form.type === 'user' ? 'user' : form.to || null, among: null, reverse: null, section: null, shownWhen: null,
    position: null, base: false, version: 0, openOptions: false, options: hasOptions(form.type) ? form.options.filter(option => Object.keys(cleanLabels(option.labels)).length).map(({ handle, labels, color }) => ({ key: handle, labels, color })) : [],
  }
}
