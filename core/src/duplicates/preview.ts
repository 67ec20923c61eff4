import { sql } from 'kysely'
import { textIn } from '@kartotek/sdk'
import { accessPredicate } from '../access/predicate.ts'
import { shown, visibleTitles } from '../changes/changes.ts'
import type { Row } from '../model/generation.ts'
import { columnOf, objectOf, type ObjectModel } from '../model/model.ts'
import type { Reading } from '../records/reading.ts'
import { storedValue } from '../records/stored.ts'
import { bothRights, mergeable, type MergeInput } from './merge.ts'
import { isEmpty, mergedFields, missingParts, pointersAt, pointsAt, sameValue, usualSource } from './merge-plan.ts'

export interface MergePreview {
  fields: { key: string, label: string, winner: string | null, loser: string | null, same: boolean, source: 'WINNER' | 'LOSER' | 'BOTH', choosable: boolean }[]
  lists: { name: string, label: string, winner: string[], added: string[], same: number }[]
  moves: { object: string, label: string, count: number }[]
  winnerVersion: number
  loserVersion: number
}

/** What a merge would do, as far as the reader sees it. Nothing is changed. */
export async function previewMerge(reading: Reading, input: Pick<MergeInput, 'object' | 'winner' | 'loser'>): Promise<MergePreview> {
  const object = await mergeable(reading, input)
  const { transfer } = await bothRights(reading, object, input.winner, input.loser)
  const { rows } = await sql<Row>`select r.* from core.${sql.id(object.table)} r where r.id in (${input.winner}, ${input.loser})`.execute(reading.db)
  const winner = rows.find((row) => row.id === input.winner)!
  const loser = rows.find((row) => row.id === input.loser)!
  return {
    fields: await fieldsOf(reading, object, winner, loser, transfer), lists: await listsOf(reading, object, winner, loser), moves: await movesOf(reading, object, loser),
    winnerVersion: winner.version, loserVersion: loser.version,
  }
}

async function fieldsOf(reading: Reading, object: ObjectModel, winner: Row, loser: Row, transfer: boolean): Promise<MergePreview['fields']> {
  const fields = mergedFields(object).filter((field) => reading.access.canRead(field) && (!isEmpty(field, winner) || !isEmpty(field, loser)))
  const names = await visibleTitles(reading, fields.flatMap((field) => [winner, loser].flatMap((row): [string, string][] => {
    const value = row[columnOf(field)] as string | null
    if (!value) return []
    return field.handler.filter === 'record' ? [[String(row[columnOf(field, 'object')]), value]] : field.to ? [[field.to, value]] : []
  })))
  const text = (field: typeof fields[number], row: Row): string | null => shown(reading, field, storedValue(field, row), names)[1]
  return fields.map((field) => ({
    key: field.key, label: textIn(field.label, reading.locale), winner: text(field, winner), loser: text(field, loser), same: sameValue(field, winner, loser), source: usualSource(field, winner, loser),
    choosable: reading.access.canWrite(field) && !sameValue(field, winner, loser) && (transfer || !['owner', 'team'].includes(field.key)),
  }))
}

async function listsOf(reading: Reading, object: ObjectModel, winner: Row, loser: Row): Promise<MergePreview['lists']> {
  const result: MergePreview['lists'] = []
  for (const list of object.lists.filter((l) => l.part && reading.access.canList(l))) {
    const part = objectOf(reading.generation.model, list.object)
    const back = columnOf(part.byKey.get(list.field)!)
    const { rows } = await sql<Row>`select p.* from core.${sql.id(part.table)} p where ${sql.ref(`p.${back}`)} in (${winner.id}, ${loser.id}) order by p.position, p.id`.execute(reading.db)
    if (!rows.length) continue
    const mine = rows.filter((row) => row[back] === winner.id)
    const theirs = rows.filter((row) => row[back] === loser.id)
    const added = missingParts(part, list, mine, theirs)
    const title = part.byKey.get(part.title)
    const target = part.fields.find((field) => field.to && field.key !== list.field && !field.id.startsWith('base:'))
    const named = (target && part.name === 'clientContact' ? target : title)!
    const names = named.to ? await visibleTitles(reading, rows.flatMap((row) => (row[columnOf(named)] ? [[named.to!, String(row[columnOf(named)])] as [string, string]] : []))) : new Map<string, string | null>()
    const text = (row: Row): string => (reading.access.canRead(named) ? shown(reading, named, storedValue(named, row), names)[1] : null) ?? '…'
    result.push({ name: list.name, label: textIn(part.labelPlural, reading.locale), winner: mine.map(text), added: added.map(text), same: theirs.length - added.length })
  }
  return result
}

/** How many records that the reader sees point at the loser, by object. Parts count as the records that they belong to. */
async function movesOf(reading: Reading, object: ObjectModel, loser: Row): Promise<MergePreview['moves']> {
  const { access, generation: { model } } = reading
  const result: MergePreview['moves'] = []
  for (const [other, pointers] of Map.groupBy(pointersAt(model, object), (p) => p.object)) {
    const readable = pointers.filter((p) => access.canRead(p.field))
    if (access.scope(other, 'read') === 'none' || !readable.length) continue
    const allowed = accessPredicate(model, access, other, 'read', 'r')
    const { rows: [row] } = await sql<{ n: number }>`select count(*)::int as n from core.${sql.id(other.table)} r where (${sql.join(readable.map((p) => pointsAt(p, object, loser.id)), sql` or `)})
      ${other.partOf.length ? sql`` : sql`and r.trashed_at is null`} ${allowed ? sql`and ${allowed}` : sql``}`.execute(reading.db)
    if (row!.n) result.push({ object: other.name, label: textIn(other.labelPlural, reading.locale), count: row!.n })
  }
  return result
}
