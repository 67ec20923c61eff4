import type { ComputedRecord } from '@kartotek/sdk'
import { formulaColumns } from '../../model/formulas.ts'
import { inputValue } from '../stored.ts'
import { applyValue, type Draft } from './draft.ts'
import type { Writing } from './writing.ts'

/** Lets features fill read-only fields, parts before their wholes. */
export function compute(w: Writing, drafts: Draft[]): void {
  const seen = new Map<Draft, ComputedRecord>()
  const view = (draft: Draft): ComputedRecord => {
    let record = seen.get(draft)
    if (!record) seen.set(draft, record = computedRecord(w, draft, view))
    return record
  }
  const run = (level: Draft[]): void => {
    if (!level.length) return
    run(level.flatMap((d) => [...d.parts.values()].flatMap((p) => p.drafts)))
    for (const [object, group] of Map.groupBy(level, (d) => d.object.name)) {
      for (const computation of w.engine.computations.get(object) ?? []) computation.run(group.map(view))
      for (const draft of group) fillFormulas(w, draft)
    }
  }
  run(drafts)
}

function fillFormulas(w: Writing, draft: Draft): void {
  for (const field of draft.object.formulas) {
    draft.set(field, formulaColumns(w.generation, draft.object, field, draft.row, w.now))
  }
}

/** Values in input shape, read when asked for and written through validation. */
function computedRecord(w: Writing, draft: Draft, view: (draft: Draft) => ComputedRecord): ComputedRecord {
  const values = new Proxy<Record<string, unknown>>({}, {
    get(_, key) {
      const field = draft.object.byKey.get(String(key))
      return field ? inputValue(field, draft.row) : undefined
    },
    has: (_, key) => draft.object.byKey.has(String(key)),
    set(_, key, value) {
      const field = draft.object.byKey.get(String(key))
      if (!field) throw new Error(`A computation fills ${draft.object.name}.${String(key)}, which does not exist.`)
      if (!draft.kept.has(field.key)) applyValue(w, draft, field, value)
      return true
    },
  })
  return {
    values,
    isNew: draft.isNew,
    changed: draft.changed,
    parts: Object.fromEntries([...draft.parts].map(([list, { drafts }]) => [list.name, drafts.map(view)])),
    by: w.access.actor.userId,
    refuse: (field, rule, params) => draft.refuse(field, rule, w, params),
  }
}
