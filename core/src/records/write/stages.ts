import { sql } from 'kysely'
import { uuidv7 } from 'uuidv7'
import { GateClosedError, textIn, type Filter } from '@kartotek/sdk'
import { SYSTEM_CALLER } from '../../access/caller.ts'
import { halvesOf, meeting } from '../../conditions/condition.ts'
import { columnOf, objectOf } from '../../model/model.ts'
import type { Pipeline, Stage } from '../../pipelines/pipeline.ts'
import { conditionMessage, gateMessage } from '../../pipelines/gate-messages.ts'
import { accessOf } from '../engine.ts'
import type { Draft } from './draft.ts'
import type { Writing } from './writing.ts'

/** One thing that a gate still wants. */
export interface Missing { rule: 'required' | 'next' | 'condition' | 'role' | 'lossReason', field?: string, label?: string, message: string }

/** Puts new records into a pipeline and notes moves; the gates themselves are asked when all values are known. */
export function placeInPipeline(w: Writing, drafts: Draft[]): void {
  for (const draft of drafts) {
    if (!draft.object.staged) continue
    const fields = { pipeline: draft.object.byKey.get('pipeline')!, stage: draft.object.byKey.get('stage')! }
    const pipelines = w.generation.pipelines.filter((p) => p.object === draft.object.name && !p.archived)
    if (draft.isNew && draft.row.pipeline_id && !pipelines.some((p) => p.id === draft.row.pipeline_id)) {
      draft.refuse('pipeline', 'stage', w)
      continue
    }
    if (draft.isNew && !draft.row.stage_id) {
      const pipeline = pipelines.find((p) => p.id === draft.row.pipeline_id) ?? pipelines.find((p) => p.isDefault) ?? pipelines.find((p) => !p.archived)
      const first = pipeline?.stages.find((s) => s.kind === 'open' && !s.archived) ?? pipeline?.stages.find((s) => !s.archived)
      if (first) draft.set(fields.stage, { stage_id: first.id })
    }
    const stage = w.generation.stages.get(draft.row.stage_id as string)
    if (!draft.changed.has('stage')) {
      if (draft.changed.has('pipeline')) toFirstStage(w, draft, pipelines)
      else {
        if (draft.changed.has('trashedAt') && !draft.row.trashed_at) settle(w, draft)
        continue
      }
    } else if (!stage || stage.archived || !pipelines.some((p) => p.id === stage.pipelineId)) {
      draft.refuse('stage', 'stage', w)
      continue
    }
    const target = w.generation.stages.get(draft.row.stage_id as string)!
    if (!draft.isNew) draft.leaves = draft.before.stage as string | null
    draft.moved = true
    draft.set(fields.pipeline, { pipeline_id: target.pipelineId })
    const history = draft.item.op === 'create' || draft.item.op === 'update' ? draft.item.history : undefined
    draft.set(draft.object.byKey.get('stageEnteredAt')!, { stage_entered_at: history?.stageEnteredAt ?? history?.closedAt ?? w.now })
    draft.set(draft.object.byKey.get('closedAt')!, { closed_at: target.kind === 'open' ? null : history?.closedAt ?? w.now })
  }
}

/**
 * What comes back from the trash stands where it stood. Where that stage was removed, it stands in the first open one of its
 * pipeline; a stage may be of another kind by now.
 */
export function settle(w: Writing, draft: Draft): void {
  let stage = w.generation.stages.get(draft.row.stage_id as string)
  if (stage?.archived) {
    const first = w.generation.pipelines.find((p) => p.id === stage!.pipelineId)?.stages.find((s) => s.kind === 'open' && !s.archived)
    if (first) {
      draft.set(draft.object.byKey.get('stage')!, { stage_id: first.id })
      enter(w, draft)
      draft.displaced = true
      stage = first
    }
  }
  if (stage) close(w, draft, stage)
}

/** What a revert sets a stage back to is entered now, where it is still there. */
export function reenter(w: Writing, draft: Draft): void {
  const stage = w.generation.stages.get(draft.row.stage_id as string)
  const pipeline = w.generation.pipelines.find((p) => p.id === stage?.pipelineId)
  if (!stage || stage.archived || pipeline?.archived !== false) return draft.refuse('stage', 'stageGone', w)
  draft.set(draft.object.byKey.get('pipeline')!, { pipeline_id: stage.pipelineId })
  enter(w, draft)
  close(w, draft, stage)
}

function enter(w: Writing, draft: Draft): void {
  draft.leaves = draft.before.stage as string | null
  draft.moved = true
  // The clock of the stage starts anew.
  draft.set(draft.object.byKey.get('stageEnteredAt')!, { stage_entered_at: w.now })
}

/** Closed is what stands in a final stage, since the moment that is known of it. */
function close(w: Writing, draft: Draft, { kind }: Stage): void {
  draft.set(draft.object.byKey.get('closedAt')!, { closed_at: kind === 'open' ? null : draft.row.closed_at ?? w.now })
}

/** Another pipeline without a stage means its first open one. */
function toFirstStage(w: Writing, draft: Draft, pipelines: Pipeline[]): void {
  const first = pipelines.find((p) => p.id === draft.row.pipeline_id)?.stages.find((s) => s.kind === 'open' && !s.archived)
  if (first) draft.set(draft.object.byKey.get('stage')!, { stage_id: first.id })
  else draft.refuse('pipeline', 'stage', w)
}

/**
 * What the gate of the new stage wants, apart from its condition, which needs the written record. Of a record that stays:
 * what its stage asked for to be entered, and the draft now takes away.
 */
export function gateMissing(w: Writing, draft: Draft): Missing[] {
  const stage = w.generation.stages.get(draft.row.stage_id as string)
  if (!stage) return []
  if (!draft.moved) return emptied(w, draft, stage)
  const missing: Missing[] = []
  const left = draft.leaves ? w.generation.stages.get(draft.leaves) : undefined
  if (left?.gate.allowedNext?.length && !left.gate.allowedNext.includes(stage.id)) {
    const names = left.gate.allowedNext.map((id) => w.generation.stages.get(id)).filter((s) => s !== undefined).map((s) => textIn(s.name, w.locale)).join(', ')
    missing.push({ rule: 'next', message: gateMessage('next', w.locale, { from: textIn(left.name, w.locale), stages: names }) })
  }
  const { mayPass, requiredFields } = stage.gate
  if (mayPass?.length && !w.access.whole.everything && !mayPass.some((role) => w.access.actor.roleIds.includes(role))) {
    const names = w.generation.roles.filter((r) => mayPass.includes(r.id)).map((r) => textIn(r.name, w.locale)).join(', ')
    missing.push({ rule: 'role', message: gateMessage('role', w.locale, { roles: names }) })
  }
  for (const key of requiredFields ?? []) {
    const field = draft.object.byKey.get(key)
    if (field && draft.row[columnOf(field)] != null) continue
    const list = draft.object.lists.find((l) => l.part && l.name === key)
    if (list && draft.parts.has(list) && draft.parts.get(list)!.drafts.length > 0) continue
    if (list && !draft.parts.has(list) && !draft.isNew) continue // asked in the database, with the condition
    missing.push(...requiredMissing(w, draft, stage, key))
  }
  if (stage.kind === 'lost' && draft.row.loss_reason == null) missing.push(reasonMissing(w, draft))
  return missing
}

function emptied(w: Writing, draft: Draft, stage: Stage): Missing[] {
  const taken = (key: string): boolean => {
    const field = draft.object.byKey.get(key)
    if (field) return draft.changed.has(key) && draft.row[columnOf(field)] == null && draft.entity?.[columnOf(field)] != null
    const list = draft.object.lists.find((l) => l.part && l.name === key)
    const parts = list && draft.parts.get(list)
    return parts !== undefined && !parts.drafts.length && parts.removed.length > 0
  }
  return [
    ...(stage.gate.requiredFields ?? []).filter(taken).flatMap((key) => requiredMissing(w, draft, stage, key)),
    ...(stage.kind === 'lost' && taken('lossReason') ? [reasonMissing(w, draft)] : []),
  ]
}

/** That a required field or list is empty. Its name is no message to who may not read it. */
function requiredMissing(w: Writing, draft: Draft, stage: Stage, key: string): Missing[] {
  const field = draft.object.byKey.get(key)
  const list = draft.object.lists.find((l) => l.part && l.name === key)
  if (!field && !list) return []
  if (field ? !w.access.canRead(field) : !w.access.canList(list!)) {
    return [{ rule: 'condition', message: gateMessage('condition', w.locale, { stage: textIn(stage.name, w.locale) }) }]
  }
  const label = field ? textIn(field.label, w.locale) : textIn(objectOf(w.generation.model, list!.object).labelPlural, w.locale)
  return [{ rule: 'required', field: key, label, message: gateMessage('required', w.locale, { field: label }) }]
}

function reasonMissing(w: Writing, draft: Draft): Missing {
  return { rule: 'lossReason', field: 'lossReason', label: textIn(draft.object.byKey.get('lossReason')!.label, w.locale), message: gateMessage('lossReason', w.locale, {}) }
}

/** Whether the gate of the stage wants something that only the written record tells. */
export function needsDatabase(w: Writing, draft: Draft): boolean {
  const gate = w.generation.stages.get(draft.row.stage_id as string)!.gate
  return Boolean(gate.condition && Object.keys(gate.condition).length)
    || Boolean(gate.requiredFields?.some((key) => draft.object.lists.some((l) => l.name === key)))
}

/** Asks the written records for the conditions of their new stages: the same filters as in lists, the same formulas as in fields. */
export async function conditionMissing(w: Writing, drafts: Draft[]): Promise<Map<Draft, Missing[]>> {
  const result = new Map<Draft, Missing[]>()
  const byStage = Map.groupBy(drafts, (d) => d.row.stage_id as string)
  for (const [id, moved] of byStage) {
    const stage = w.generation.stages.get(id)!
    const object = moved[0]!.object
    // The rule is the company's, not the actor's: it is judged with the eyes of the system.
    const eyes = { ...w, access: accessOf(w.engine, w.generation, SYSTEM_CALLER.actor) }
    const { filter, formula } = halvesOf(stage.gate.condition)
    const among = sql<boolean>`r.id = any(${moved.map((d) => d.row.id)}::uuid[])`
    const unmet = async (half: Filter): Promise<Draft[]> => {
      const met = await meeting(eyes, object, half, among, { now: w.now })
      return moved.filter((draft) => !met.has(draft.row.id))
    }
    const byFormula = new Set(formula === null ? [] : await unmet({ formula }))
    for (const draft of new Set([...byFormula, ...filter ? await unmet(filter) : []])) {
      add(result, draft, { rule: 'condition', message: conditionMessage(w, object, stage, byFormula.has(draft)) })
    }
  }
  await addEmptyLists(w, drafts, result)
  return result
}

/** Notes the lists that the gates want and that are empty in the database; those that the write replaces were judged before. */
export async function addEmptyLists(w: Writing, drafts: Draft[], result: Map<Draft, Missing[]>): Promise<void> {
  for (const [id, moved] of Map.groupBy(drafts, (d) => d.row.stage_id as string)) {
    const stage = w.generation.stages.get(id)!
    const object = moved[0]!.object
    for (const key of stage.gate.requiredFields ?? []) {
      const list = object.lists.find((l) => l.part && l.name === key)
      if (!list) continue
      const part = objectOf(w.generation.model, list.object)
      const empty = await failingIds(w, object.table, moved.filter((d) => !d.parts.has(list) && !d.isNew),
        sql`not exists (select 1 from core.${sql.id(part.table)} p where ${sql.ref(`p.${columnOf(part.byKey.get(list.field)!)}`)} = r.id)`)
      const label = textIn(part.labelPlural, w.locale)
      const told: Missing = w.access.canList(list) ? { rule: 'required', field: key, label, message: gateMessage('required', w.locale, { field: label }) }
        : { rule: 'condition', message: gateMessage('condition', w.locale, { stage: textIn(stage.name, w.locale) }) }
      for (const draft of moved) if (empty.has(draft.row.id)) add(result, draft, told)
    }
  }
}

async function failingIds(w: Writing, table: string, drafts: Draft[], condition: ReturnType<typeof sql>): Promise<Set<string>> {
  if (!drafts.length) return new Set()
  const { rows } = await sql<{ id: string }>`select r.id from core.${sql.id(table)} r where r.id = any(${drafts.map((d) => d.row.id)}::uuid[]) and ${condition}`.execute(w.db)
  return new Set(rows.map((r) => r.id))
}

function add(map: Map<Draft, Missing[]>, draft: Draft, missing: Missing): void {
  (map.get(draft) ?? map.set(draft, []).get(draft)!).push(missing)
}

/** Refuses the write, or, where the caller passes gates by capability, notes what it did not meet. Gives true where it goes on. */
export function judgeGate(w: Writing, draft: Draft, missing: Missing[]): boolean {
  if (!missing.length) return true
  const stage = w.generation.stages.get(draft.row.stage_id as string)!
  if (w.passGates || draft.displaced) {
    draft.unmet.push(...missing)
    return true
  }
  draft.error = new GateClosedError(gateMessage(draft.moved ? 'closed' : 'kept', w.locale, { stage: textIn(stage.name, w.locale) }) + ' ' + missing.map((m) => m.message).join(' '), {
    object: draft.object.name, id: draft.row.id, stage: { id: stage.id, key: stage.key, name: textIn(stage.name, w.locale) }, missing,
  })
  return false
}

/** Flags the gates that written records passed without meeting them: a guard may have refused others of the same pass. */
export function flagPassed(w: Writing, written: Draft[]): void {
  for (const { object, row, unmet } of written) if (unmet.length) w.passed.push({ object: object.name, id: row.id, stage: row.stage_id as string, missing: unmet })
}

/** The stage history (rule C.4): the open visit ends, the next begins. */
export async function recordVisits(w: Writing, drafts: Draft[]): Promise<void> {
  const moved = drafts.filter((d) => d.moved)
  if (!moved.length) return
  const left = moved.filter((d) => !d.isNew)
  if (left.length) {
    await sql`update core.stage_visit v set left_at = m.at from unnest(${left.map((d) => d.row.id)}::uuid[], ${left.map((d) => d.row.stage_entered_at as Date)}::timestamptz[]) as m(id, at)
      where v.record_id = m.id and v.left_at is null`.execute(w.db)
  }
  const visits = moved.flatMap((d) => visitsOf(w, d))
  for (let i = 0; i < visits.length; i += 2_000) {
    await sql`insert into core.stage_visit (id, object, record_id, pipeline_id, stage_id, kind, entered_at, left_at, entered_by, change_set_id)
      select id, object, record_id, pipeline_id, stage_id, kind, entered_at, left_at, ${w.access.actor.userId}::uuid, ${w.changeSetId}::uuid
      from jsonb_to_recordset(${JSON.stringify(visits.slice(i, i + 2_000))}::jsonb) as v (id uuid, object text, record_id uuid, pipeline_id uuid, stage_id uuid,
        kind text, entered_at timestamptz, left_at timestamptz)`.execute(w.db)
  }
}

function visitsOf(w: Writing, draft: Draft): object[] {
  const stage: Stage = w.generation.stages.get(draft.row.stage_id as string)!
  const earlier = (draft.item.op === 'create' ? draft.item.history?.visits : undefined) ?? []
  const entered = draft.row.stage_entered_at as Date
  const visit = (of: Stage, kind: string, from: Date, to: Date | null): object => ({
    id: uuidv7(), object: draft.object.name, record_id: draft.row.id, pipeline_id: of.pipelineId, stage_id: of.id, kind, entered_at: from, left_at: to,
  })
  return [
    ...earlier.flatMap((v, i) => {
      const of = w.generation.stages.get(v.stage)
      return of ? [visit(of, i === 0 ? 'created' : 'moved', v.enteredAt, earlier[i + 1]?.enteredAt ?? entered)] : []
    }),
    visit(stage, stage.kind !== 'open' ? 'final' : draft.isNew && !earlier.length ? 'created' : 'moved', entered, null),
  ]
}
