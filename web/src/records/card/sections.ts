import type { FieldInfo, ObjectInfo } from '../../model/types.ts'

export interface Section { key: string, fields: FieldInfo[] }

const LAST = 'system'
/** Fields that a card shows elsewhere: in its head, in its foot or on the stage bar. */
const ELSEWHERE = new Set(['archivedAt', 'trashedAt', 'pipeline', 'stage', 'stageEnteredAt', 'closedAt'])

/** The fields of a card by section, in order: `main` first, what the system keeps last. */
export function sectionsOf(object: ObjectInfo): Section[] {
  const sections = new Map<string, FieldInfo[]>([['main', []]])
  for (const field of object.fields) {
    if (field.hidden || (!field.group && ELSEWHERE.has(field.name))) continue
    const key = field.section ?? 'main'
    sections.set(key, [...sections.get(key) ?? [], field])
  }
  return [...sections]
    .filter(([, fields]) => fields.length)
    .map(([key, fields]) => ({ key, fields }))
    .sort((a, b) => Number(a.key === LAST) - Number(b.key === LAST))
}

/** Fields of a form for a new record: what the caller may write, what must be filled first within its section. */
export function formSections(object: ObjectInfo): Section[] {
  return sectionsOf(object)
    .map(({ key, fields }) => ({ key, fields: fields.filter(field => field.writable && !(object.staged && field.name === 'lossReason' && !field.group)) }))
    .filter(({ fields }) => fields.length)
}
