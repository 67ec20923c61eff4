import type { FieldType } from '@kartotek/sdk'
import type { FieldInfo, Labels } from '../../model/types.ts'
import { cleanLabels, keyFrom } from '../labels.ts'
import { hasLength, hasOptions, hasRange } from './field-types.ts'

export interface OptionForm { key: string, labels: Labels, color: string, saved: boolean }

/** A field while it is being made or changed. Numbers are kept as they are written. */
export interface FieldForm {
  type: FieldType
  name: string
  labels: Labels
  helps: Labels
  required: boolean
  unique: boolean
  filterable: boolean
  searchable: boolean
  exported: boolean
  min: string
  max: string
  maxLength: string
  pattern: string
  scale: string
  to: string
  options: OptionForm[]
}

export function formOf(field: FieldInfo | null): FieldForm {
  return {
    type: (field?.type ?? 'text') as FieldType, name: field?.name ?? '', labels: { ...field?.labels }, helps: { ...field?.helps },
    required: field?.required ?? false, unique: field?.unique ?? false, filterable: field?.filterable ?? true,
    searchable: field?.searchable ?? false, exported: field?.exported ?? true,
    min: field?.min ?? '', max: field?.max ?? '', maxLength: field?.maxLength?.toString() ?? '', pattern: field?.pattern ?? '',
    scale: field?.scale?.toString() ?? '', to: field?.to ?? '',
    options: field?.options.map(option => ({ key: option.key, labels: { ...option.labels }, color: option.color ?? 'slate', saved: true })) ?? [],
  }
}

const numberOrNull = (text: string) => text.trim() === '' ? null : Number(text.replace(',', '.'))

/** Options with a key each: new ones get theirs from the label, numbered where it is taken. */
function optionInputs(options: OptionForm[]): { key: string, labels: Labels, color: string }[] {
  const taken = new Set(options.filter(option => option.saved).map(option => option.key))
  return options.filter(option => Object.keys(cleanLabels(option.labels)).length).map((option, index) => {
    let { key } = option
    if (!option.saved) {
      const base = keyFrom(option.labels.en ?? Object.values(option.labels).find(Boolean) ?? '') || `option_${index + 1}`
      key = base
      for (let number = 2; taken.has(key); number++) key = `${base}_${number}`
      taken.add(key)
    }
    return { key, labels: cleanLabels(option.labels), color: option.color }
  })
}

/** What can be set at any time; a new field has its name, type and target besides. */
export function fieldUpdate(form: FieldForm): Record<string, unknown> {
  return {
    labels: cleanLabels(form.labels), help: cleanLabels(form.helps), required: form.required, unique: form.unique,
    filterable: form.filterable, searchable: form.searchable, exported: form.exported,
    ...(hasRange(form.type) ? { min: form.min.trim() || null, max: form.max.trim() || null } : {}),
    ...(hasLength(form.type) ? { maxLength: numberOrNull(form.maxLength), pattern: form.pattern.trim() || null } : {}),
    ...(hasOptions(form.type) ? { options: optionInputs(form.options) } : {}),
  }
}

export function fieldInput(form: FieldForm): Record<string, unknown> {
  const update = Object.fromEntries(Object.entries(fieldUpdate(form)).filter(([, value]) => value !== null))
  return {
    name: form.name, type: form.type, ...update,
    ...(form.type === 'decimal' && form.scale ? { scale: Number(form.scale) } : {}),
    ...(form.type === 'reference' ? { to: form.to } : {}),
  }
}

/** Only what differs from the saved field; a plan is made from the same. */
export function changesOf(form: FieldForm, field: FieldInfo): Record<string, unknown> {
  const before = fieldUpdate(formOf(field))
  return Object.fromEntries(Object.entries(fieldUpdate(form)).filter(([key, value]) => JSON.stringify(value) !== JSON.stringify(before[key])))
}
