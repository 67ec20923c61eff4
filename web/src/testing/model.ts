import type { FieldKind, FieldInfo, ObjectInfo } from '../model/types.ts'

/** A field for tests: what is not given is as plain as can be. */
export function field(name: string, type: FieldKind, more: Partial<FieldInfo> = {}): FieldInfo {
  const group = more.group ?? ''
  return {
    key: group ? `${group}.${name}` : name, name, group, type, labels: { en: name }, helps: {}, required: false, unique: false, readOnly: false, writable: true,
    hidden: false, filterable: true, sortable: true, searchable: false, exported: true, history: false, default: null, min: null, max: null, minLength: null, maxLength: null,
    object: '', pattern: null, format: null, normalForm: null, formula: null, scale: null, to: null, among: null, reverse: null, section: 'main', shownWhen: null, position: null, base: false, version: 1, options: [], openOptions: false, ...more,
  }
}

/** An object for tests. */
export function object(name: string, fields: FieldInfo[], more: Partial<ObjectInfo> = {}): ObjectInfo {
  return {
    name, plural: `${name}s`, type: name.charAt(0).toUpperCase() + name.slice(1), labels: { en: name }, labelsPlural: { en: `${name}s` }, icon: null, title: 'name',
    owned: false, staged: false, custom: false, partOf: [], takesRows: false, can: { create: true, update: true, delete: true }, judgements: [], fields, ...more,
  }
}
