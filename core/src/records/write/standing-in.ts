import { NotAllowedError } from '@kartotek/sdk'
import { columnOf, objectOf, stepsOf, type ObjectModel } from '../../model/model.ts'
import { accessOf } from '../engine.ts'
import type { Reading } from '../reading.ts'
import { problemsToError } from './checks.ts'
import type { Draft } from './draft.ts'
import { rightsOn } from './load.ts'
import type { Writing } from './writing.ts'

/** A record that a write names on another, which is then seen by who sees the named one. */
export interface Tie { on: string, object: string, id: string }

/**
 * Who sees a record only because he stands in for its owner does not tie it to himself or to what he sees of his own: he would go
 * on seeing it when his time is over.
 */
export async function checkStandingIn(w: Writing, object: ObjectModel, drafts: readonly Draft[]): Promise<void> {
  if (!w.access.actor.standsIn || !object.accessFrom?.length) return
  const changed = drafts.filter((draft) => !draft.isNew && !problemsToError(draft))
  const refused = await refusedTies(w, object, changed.flatMap((draft) => tiesOf(w, draft)))
  for (const draft of changed) draft.error ??= refused.get(draft.row.id) ?? null
}

/** The records of the object that who acts may not tie so, because he only stands in for their owner, each with its refusal. */
export async function refusedTies(w: Writing, object: ObjectModel, ties: readonly Tie[]): Promise<Map<string, Error>> {
  const { actor } = w.access
  const refused = new Map<string, Error>()
  if (!actor.standsIn || !ties.length) return refused
  const own: Reading = { generation: w.generation, access: accessOf(w.engine, w.generation, { ...actor, standsIn: false }), db: w.db, locale: w.locale }
  const seen = await rightsOn(own, object, ties.map(({ on }) => on))
  for (const [name, group] of Map.groupBy(ties.filter(({ on }) => !seen.has(on)), (tie) => tie.object)) {
    // Who is named himself sees the record; what others may do to a person gives nobody anything.
    const his = name === 'user' ? new Set([actor.userId]) : new Set((await rightsOn(own, objectOf(w.generation.model, name), group.map((tie) => tie.id))).keys())
    for (const { on, id } of group) {
      if (his.has(id)) refused.set(on, new NotAllowedError('You only stand in for the owner: you cannot tie this record to yourself or to records of your own.', { object: object.name, id: on }))
    }
  }
  return refused
}

/** What the draft names anew along the paths by which its object is seen (`accessFrom`). */
function tiesOf(w: Writing, draft: Draft): Tie[] {
  return (draft.object.accessFrom ?? []).flatMap((path) => {
    const [first, second] = stepsOf(draft.object, path)
    if (!second) return named(draft, draft, first)
    const list = [...draft.parts.keys()].find((one) => one.name === first)
    return list ? draft.parts.get(list)!.drafts.flatMap((part) => named(draft, part, second)) : []
  }).filter(({ object }) => w.generation.model.objects.has(object))
}

function named(draft: Draft, on: Draft, key: string): Tie[] {
  const field = on.object.byKey.get(key)
  const id = field && on.changed.has(key) ? on.row[columnOf(field)] as string | null : null
  if (!field || !id) return []
  return [{ on: draft.row.id, id, object: field.handler.filter === 'record' ? String(on.row[columnOf(field, 'object')]) : field.to! }]
}
