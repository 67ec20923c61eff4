import type { PartOf } from '@kartotek/sdk'
import { groupName, isSystem, operationsOf } from '../model/naming.ts'
import type { FieldInfo, ObjectInfo } from '../model/types.ts'
import type { Column } from './list/columns.ts'

/** What to read of a field, by its type. Scalars need nothing below them. */
const BELOW: Partial<Record<FieldInfo['type'], string>> = {
  money: '{ amount currency }',
  select: '{ key label color }',
  multiSelect: '{ key label color }',
  phone: '{ raw e164 country type extension display }',
  address: '{ postcode country region city street house text }',
  taxId: '{ value country kind }',
  user: '{ id title }',
  reference: '{ id title }',
  record: '{ object id title }',
  file: '{ id title href url }',
  stage: '{ id key label kind color probability }',
  pipeline: '{ id }',
}

/** Fields of every record that are not in the model. */
const BASE = 'id version title createdAt updatedAt archivedAt trashedAt'
const OWNED = 'owner { id title } team { id title }'
const STAGED = `pipeline ${BELOW.pipeline} stage ${BELOW.stage} stageEnteredAt`

/** The selection of some fields, groups put together: `name custom { tier { key } }`. */
export function fieldSelection(fields: readonly FieldInfo[]): string {
  const own: string[] = []
  const groups = new Map<string, string[]>()
  for (const field of fields) {
    if (field.hidden || inBase(field)) continue
    const text = [field.name, BELOW[field.type], field.normalForm].filter(Boolean).join(' ')
    if (isSystem(field)) own.push(text)
    else groups.set(groupName(field.group), [...groups.get(groupName(field.group)) ?? [], text])
  }
  return [...own, ...[...groups].map(([group, texts]) => `${group} { ${texts.join(' ')} }`)].join(' ')
}

function baseSelection(object: ObjectInfo): string {
  return [BASE, object.owned ? OWNED : '', object.staged ? STAGED : ''].filter(Boolean).join(' ')
}

/** Whether it stands in its stage too long: for cards and boards, not for lists. */
const stuckSelection = (object: ObjectInfo) => object.judgements.includes('stuck') ? 'stuck' : ''
/** What a card on the board reads. */
export const boardSelection = (object: ObjectInfo, fields: readonly FieldInfo[]) => `${stuckSelection(object)} ${fieldSelection(fields)}`

/** Names that the base selection brings already. */
const BASE_NAMES = new Set(['createdAt', 'updatedAt', 'archivedAt', 'trashedAt', 'owner', 'team', 'pipeline', 'stage', 'stageEnteredAt'])
const inBase = (field: FieldInfo) => isSystem(field) && BASE_NAMES.has(field.name)

/** What a page of a list reads: fields of the record, and of each list inside it what its columns show. */
export function columnSelection(columns: readonly Column[]): string {
  const parts = columns.filter(column => column.kind === 'part')
  // All columns of a list read the same of it, so the first one speaks for them.
  const lists = parts.filter((column, index) => parts.findIndex(other => other.list.list === column.list.list) === index)
  return [
    fieldSelection(columns.flatMap(column => column.kind === 'field' ? [column.field] : [])),
    ...lists.map(({ list: { list, part }, field, choice }) => {
      const main = part.fields.find(candidate => candidate.name === 'isPrimary' && candidate.type === 'boolean' && !candidate.hidden)
      return `${list} { id ${fieldSelection([field, choice, main].filter(one => one != null))} }`
    }),
  ].filter(Boolean).join(' ')
}

/** One page of a list with the given selection (see {@link fieldSelection}). The first page asks for the total, too. */
export function listDocument(object: ObjectInfo, selection: string, first: boolean): string {
  const { type } = operationsOf(object)
  return `query ${type}List($filter: ${type}Filter, $search: String, $orderBy: [${type}OrderBy!], $first: Int, $after: String, $archived: Archived) {
  ${object.plural}(filter: $filter, search: $search, orderBy: $orderBy, first: $first, after: $after, archived: $archived) {
    nodes { ${baseSelection(object)} ${selection} }
    pageInfo { hasNextPage endCursor }${first ? ' total { value exact }' : ''}
  }
}`
}

/** Parts of a record that its card shows: name of the list and the part's object. */
export interface PartList extends Omit<PartOf, 'object'> { part: ObjectInfo }

/** The selection of a part: all its fields but the references back to its wholes. */
export function partSelection({ list, part }: PartList): string {
  const back = new Set(part.partOf.map(({ field }) => field))
  const fields = part.fields.filter(field => field.group !== '' || !back.has(field.name))
  return `${list} { id ${fieldSelection(fields)} }`
}

/** The record of a card: all fields, parts, and what the caller may do with it. */
export function cardDocument(object: ObjectInfo, parts: readonly PartList[]): string {
  const { type } = operationsOf(object)
  return `query ${type}Card($id: ID!) {
  ${object.name}(id: $id) { ${cardSelection(object, parts)} }
}`
}

function cardSelection(object: ObjectInfo, parts: readonly PartList[]): string {
  return [
    baseSelection(object), stuckSelection(object), fieldSelection(object.fields),
    ...parts.map(partSelection), 'can { update archive delete share }',
  ].join(' ')
}

/** Creates or updates one record and reads back all that its card shows. */
export function writeDocument(object: ObjectInfo, parts: readonly PartList[], action: 'create' | 'update'): string {
  const { type, create, update } = operationsOf(object)
  return action === 'create'
    ? `mutation ${type}Create($input: ${type}CreateInput!) { ${create}(input: $input) { ${cardSelection(object, parts)} } }`
    : `mutation ${type}Update($id: ID!, $version: Int, $input: ${type}UpdateInput!) { ${update}(id: $id, version: $version, input: $input) { ${cardSelection(object, parts)} } }`
}

export type RecordAction = 'archive' | 'restore' | 'remove'

/** Archives, restores or trashes one record. */
export function actionDocument(object: ObjectInfo, action: RecordAction): string {
  const name = operationsOf(object)[action]
  return `mutation ${name}($id: ID!) { ${name}(id: $id) { id version archivedAt trashedAt } }`
}

/** The same for many, each with its own result. */
export function bulkActionDocument(object: ObjectInfo, action: RecordAction): string {
  const name = operationsOf(object)[`${action}Many`]
  return `mutation ${name}($ids: [ID!]!, $changeSet: ID) { ${name}(ids: $ids, changeSet: $changeSet) { succeeded failed results { index id ok error { code message } } } }`
}

/** Titles that match a search, for pickers and the palette. */
export function pickDocument(object: ObjectInfo): string {
  const { type } = operationsOf(object)
  return `query ${type}Pick($search: String, $first: Int) { ${object.plural}(search: $search, first: $first) { nodes { id title } } }`
}

/** Changes of records of an object, live; of one record where an id is given. */
export function changedDocument(object: ObjectInfo, fields: readonly FieldInfo[]): string {
  return changesOf(object, boardSelection(object, fields))
}

/** Changes of records of an object, live, with what a list with this selection shows of them (see {@link columnSelection}). */
export function changesOf(object: ObjectInfo, selection: string): string {
  const { type, changed } = operationsOf(object)
  return `subscription ${type}Changes($id: ID) { ${changed}(id: $id) { kind id changeSet record { ${baseSelection(object)} ${selection} } } }`
}
