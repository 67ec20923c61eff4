import { sql, type Kysely } from 'kysely'
import { uuidv7 } from 'uuidv7'
import { ConflictError, NotFoundError, textIn, type Filter, type Localized } from '@kartotek/sdk'
import { SYSTEM_CALLER, type Caller } from '../access/caller.ts'
import { keepConfiguration } from '../changes/configuration.ts'
import { checkCondition } from '../conditions/check.ts'
import { changeModel, checkLabels, invalid, knownObject, type Trying } from '../model/change.ts'
import type { ObjectModel } from '../model/model.ts'
import { requireFree } from '../model/under-way.ts'
import { countOf, RecordsFirst, writeFirst, type WrittenFirst } from '../model/written-first.ts'
import { accessOf, readingOf, type Engine } from '../records/engine.ts'
import type { Reading } from '../records/reading.ts'
import { loadPipelines, type Gate, type Pipeline, type Stage } from './pipeline.ts'
import { mayRequire, withUnseen } from './visible-gate.ts'

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- tables come and go with the model
type Db = Kysely<any>

export interface GateInput { requiredFields?: string[] | null, allowedNext?: string[] | null, condition?: Filter | null, conditionHint?: Localized | null, mayPass?: string[] | null }
export interface StageInput { id?: string | null, key: string, labels: Localized, kind: 'OPEN' | 'WON' | 'LOST', color?: string | null, probability?: number | null, normHours?: number | null, gate?: GateInput | null }
export interface PipelineInput { object: string, key: string, labels: Localized, isDefault?: boolean | null, archived?: boolean | null, stages: StageInput[], moveTo?: string | null }

const MAX_STAGES = 50

export async function createPipeline(engine: Engine, caller: Caller, input: PipelineInput): Promise<string> {
  const object = check(engine, caller, input)
  const gates = gatesOf(readingOf(engine, caller), object, input.stages, [])
  if (engine.live.current.pipelines.some((p) => p.object === input.object && p.key === input.key)) throw invalid('key', 'unique', `The pipeline "${input.key}" exists already.`)
  const id = uuidv7()
  await changeModel(engine, 'rules', async (trx) => {
    const first = !engine.live.current.pipelines.some((p) => p.object === input.object && p.isDefault && !p.archived)
    if (input.isDefault) await clearDefault(trx, input.object)
    const { n } = await trx.selectFrom('core.pipeline').select((e) => e.fn.countAll<string>().as('n')).where('object', '=', object.name).executeTakeFirstOrThrow()
    await trx.insertInto('core.pipeline').values({ id, object: object.name, key: input.key, name: JSON.stringify(input.labels), is_default: input.isDefault ?? first, position: Number(n) }).execute()
    await saveStages(trx, id, input.stages, gates, [])
    await keep(trx, caller, null, await stateOf(trx, id))
  })
  return id
}

/**
 * Saves the whole pipeline. Records in a removed stage move first, by the ordinary way with audit and history.
 * @throws ConflictError with a stale version, InputError, RecordsFirst
 */
export async function updatePipeline(engine: Engine, caller: Caller, id: string, version: number, input: PipelineInput, trying?: Trying): Promise<void> {
  const object = check(engine, caller, input)
  const current = known(engine, id, version, input)
  const gates = gatesOf(readingOf(engine, caller), object, input.stages, current.stages)
  const removed = removedStages(current, input)
  // What is refused for another reason has moved nothing.
  await checkKinds(engine.db, caller, object, current, input)
  if (input.archived && !current.archived) await heirOf(engine.db, object.name, id)
  if (removed.length) {
    const first = movedFirst(engine, caller, id, version, input)
    const records = await countOf(engine.db, first)
    if (records && !first.input.stage) throw invalid('moveTo', 'required', `${records} records stand in the stages that you remove. Say which stage takes them.`)
    if (records) await writeFirst(engine, first, records, trying)
  }
  await changeModel(engine, 'rules', async (trx) => {
    const row = await trx.selectFrom('core.pipeline').select('version').where('id', '=', id).forUpdate().executeTakeFirstOrThrow()
    if (row.version !== version) throw stale(current)
    const before = await stateOf(trx, id)
    if (removed.length && await occupied(trx, object, removed.map((s) => s.id))) {
      const message = 'Somebody just moved a record into a stage that you remove. Try again.'
      throw input.moveTo ? new RecordsFirst(1, message) : new ConflictError(message)
    }
    await checkKinds(trx, caller, object, current, input)
    if (input.archived && !current.archived) await handDefaultOver(trx, object.name, id)
    if (input.isDefault && !input.archived && !current.isDefault) await clearDefault(trx, object.name)
    await trx.updateTable('core.pipeline').set({
      key: input.key, name: JSON.stringify(input.labels), version: version + 1, ...(input.archived ? { is_default: false } : input.isDefault == null ? {} : { is_default: input.isDefault }),
      ...(input.archived == null ? {} : { archived_at: input.archived ? new Date() : null }),
    }).where('id', '=', id).execute()
    await saveStages(trx, id, input.stages, gates, current.stages.map((s) => s.id))
    if (removed.length) await trx.updateTable('core.stage').set({ archived_at: new Date(), key: sql`key || '~' || left(id::text, 8)` }).where('id', 'in', removed.map((s) => s.id)).execute()
    await keep(trx, caller, before, await stateOf(trx, id))
  }, trying)
}

/** @throws NotFoundError, ConflictError where the update was made for another version */
function known(engine: Engine, id: string, version: number, input: PipelineInput): Pipeline {
  const current = engine.live.current.pipelines.find((p) => p.id === id)
  if (!current || current.object !== input.object) throw new NotFoundError('There is no such pipeline.', { id })
  if (current.version !== version) throw stale(current)
  return current
}

const removedStages = (current: Pipeline, input: PipelineInput): Stage[] => current.stages.filter((s) => !s.archived && !input.stages.some((n) => n.id === s.id))

/**
 * The records in stages that go, which move to `moveTo`: a change of rules, so their gates are passed by the system and flagged.
 * @throws NotFoundError, ConflictError where the update was made for another version
 */
export function movedFirst(engine: Engine, caller: Caller, id: string, version: number, input: PipelineInput): WrittenFirst {
  const pipeline = known(engine, id, version, input)
  const removed = removedStages(pipeline, input)
  const target = pipeline.stages.find((s) => s.key === input.moveTo && !removed.includes(s))
  return {
    object: knownObject(engine, input.object), condition: sql`stage_id = any(${removed.map((s) => s.id)}::uuid[])`, input: { stage: target?.id }, passGates: true,
    caller: { ...SYSTEM_CALLER, actor: { ...SYSTEM_CALLER.actor, name: caller.actor.name, userId: caller.actor.userId } }, summary: { key: 'stagesRemoved', values: { pipeline: pipeline.name } },
  }
}

/** When a record was closed is told by the stages that it went through: one in which records stand stays open, won or lost. */
async function checkKinds(trx: Db, caller: Caller, object: ObjectModel, current: Pipeline, input: PipelineInput): Promise<void> {
  for (const [i, next] of input.stages.entries()) {
    const stage = current.stages.find((s) => s.id === next.id)
    if (!stage || stage.kind === next.kind.toLowerCase() || !await occupied(trx, object, [stage.id])) continue
    throw invalid(`stages.${i}.kind`, 'readOnly', `Records stand in the stage "${textIn(stage.name, caller.actor.locale)}": move them into another one before it becomes open, won or lost.`)
  }
}

/** Who takes the new records when a pipeline retires: the default one, else the first. @throws InputError where there is none */
async function heirOf(trx: Db, object: string, id: string): Promise<{ id: string, is_default: boolean }> {
  const others = await trx.selectFrom('core.pipeline').select(['id', 'is_default']).where('object', '=', object).where('id', '!=', id).where('archived_at', 'is', null).orderBy('position').execute()
  if (!others.length) throw invalid('archived', 'required', 'New records need a pipeline: make another one before this one retires.')
  return others.find((one) => one.is_default) ?? others[0]!
}

async function handDefaultOver(trx: Db, object: string, id: string): Promise<void> {
  const heir = await heirOf(trx, object, id)
  if (heir.is_default) return
  await requireFree(trx, { object, field: '', pipeline: heir.id })
  await trx.updateTable('core.pipeline').set({ is_default: false }).where('id', '=', id).execute()
  await trx.updateTable('core.pipeline').set({ is_default: true, version: sql`version + 1` }).where('id', '=', heir.id).execute()
}

/** A pipeline as its changes are kept, without the stages that are gone. */
async function stateOf(trx: Db, id: string): Promise<{ pipeline: Pipeline, state: object }> {
  const pipeline = (await loadPipelines(trx)).find((p) => p.id === id)!
  const stages = pipeline.stages.filter((s) => !s.archived).map(({ name, pipelineId: _pipeline, position: _order, archived: _archived, ...stage }) => ({ ...stage, labels: name }))
  return { pipeline, state: { key: pipeline.key, labels: pipeline.name, isDefault: pipeline.isDefault, archived: pipeline.archived, stages } }
}

async function keep(trx: Db, caller: Caller, before: { state: object } | null, after: { pipeline: Pipeline, state: object }): Promise<void> {
  const { id, object, name } = after.pipeline
  await keepConfiguration(trx, caller, { subject: 'pipeline', id, object, name, before: before && before.state, after: after.state })
}

function stale(current: Pipeline): ConflictError {
  return new ConflictError('Somebody changed this pipeline meanwhile. Look at it again.', { id: current.id, version: current.version })
}

async function clearDefault(trx: Db, object: string): Promise<void> {
  await trx.updateTable('core.pipeline').set({ is_default: false }).where('object', '=', object).execute()
}

/** The gates to save, by stage. Stages that follow are still given by their keys. */
function gatesOf(reading: Reading, object: ObjectModel, stages: StageInput[], before: readonly Stage[]): Map<StageInput, Gate> {
  return new Map(stages.map((stage) => [stage, withUnseen(reading, object, {
    requiredFields: stage.gate?.requiredFields ?? undefined, mayPass: stage.gate?.mayPass?.length ? stage.gate.mayPass : undefined, condition: stage.gate?.condition ?? undefined,
    conditionHint: stage.gate?.conditionHint ?? undefined, allowedNext: stage.gate?.allowedNext?.length ? stage.gate.allowedNext : undefined,
  }, before.find((s) => s.id === stage.id)?.gate)]))
}

async function saveStages(trx: Db, pipeline: string, stages: StageInput[], gates: ReadonlyMap<StageInput, Gate>, existing: string[]): Promise<void> {
  const ids = new Map(stages.map((s) => [s.key, s.id && existing.includes(s.id) ? s.id : uuidv7()]))
  // Keys may swap places: free them first.
  const kept = stages.filter((s) => s.id && existing.includes(s.id)).map((s) => s.id!)
  if (kept.length) await trx.updateTable('core.stage').set({ key: sql`'~' || id::text` }).where('id', 'in', kept).execute()
  for (const [position, s] of stages.entries()) {
    const gate = gates.get(s)!
    const values = {
      pipeline_id: pipeline, key: s.key, name: JSON.stringify(s.labels), kind: s.kind.toLowerCase(), color: s.color ?? 'slate',
      probability: s.probability ?? (s.kind === 'WON' ? 100 : 0), norm_hours: s.normHours ?? null, position,
      gate: JSON.stringify({ ...gate, allowedNext: gate.allowedNext?.map((key) => ids.get(key) ?? key) }),
    }
    const id = ids.get(s.key)!
    if (existing.includes(id)) await trx.updateTable('core.stage').set(values).where('id', '=', id).execute()
    else await trx.insertInto('core.stage').values({ id, ...values }).execute()
  }
}

async function occupied(trx: Db, object: ObjectModel, stages: string[]): Promise<boolean> {
  const { rows } = await sql`select 1 from core.${sql.id(object.table)} where stage_id = any(${stages}::uuid[]) and trashed_at is null limit 1`.execute(trx)
  return rows.length > 0
}

function check(engine: Engine, caller: Caller, input: PipelineInput): ObjectModel {
  const object = knownObject(engine, input.object)
  // An object that who manages pipelines does not see is none for him.
  if (accessOf(engine, engine.live.current, caller.actor).scope(object, 'read') === 'none') throw new NotFoundError(`There is no object "${input.object}".`, { object: input.object })
  if (!object.staged) throw invalid('object', 'type', `${object.name} has no pipelines.`)
  if (!/^[a-z][a-z0-9_]{0,39}$/.test(input.key)) throw invalid('key', 'pattern', 'A key has 1–40 small Latin letters, digits or _.')
  checkLabels(input.labels, 'labels')
  if (!input.stages.length || input.stages.length > MAX_STAGES) throw invalid('stages', 'tooMany', `A pipeline has 1–${MAX_STAGES} stages.`)
  if (!input.stages.some((s) => s.kind === 'OPEN')) throw invalid('stages', 'required', 'A pipeline needs at least one open stage.')
  if (new Set(input.stages.map((s) => s.key)).size !== input.stages.length) throw invalid('stages', 'unique', 'Two stages have the same key.')
  const reading = readingOf(engine, caller)
  input.stages.forEach((stage, i) => checkStage(reading, object, input, stage, `stages.${i}`))
  return object
}

function checkStage(reading: Reading, object: ObjectModel, input: PipelineInput, stage: StageInput, path: string): void {
  if (!/^[a-z][a-z0-9_]{0,39}$/.test(stage.key)) throw invalid(`${path}.key`, 'pattern', 'A key has 1–40 small Latin letters, digits or _.')
  checkLabels(stage.labels, `${path}.labels`)
  if (stage.probability != null && (stage.probability < 0 || stage.probability > 100)) throw invalid(`${path}.probability`, 'max', 'A probability is 0–100 %.')
  if (stage.normHours != null && (stage.normHours < 1 || stage.normHours > 87_600)) throw invalid(`${path}.normHours`, 'max', 'A norm is 1–87,600 hours.')
  const gate = stage.gate
  for (const key of gate?.requiredFields ?? []) {
    if (!mayRequire(reading, object, key)) throw invalid(`${path}.gate.requiredFields`, 'unknown', `${object.name} has no field "${key}".`)
  }
  for (const key of gate?.allowedNext ?? []) {
    if (!input.stages.some((s) => s.key === key || s.id === key)) throw invalid(`${path}.gate.allowedNext`, 'unknown', `There is no stage "${key}".`)
  }
  for (const id of gate?.mayPass ?? []) {
    if (!reading.generation.roles.some((r) => r.id === id)) throw invalid(`${path}.gate.mayPass`, 'unknown', `There is no role ${id}.`)
  }
  if (gate?.condition) checkCondition(reading, object, gate.condition, `${path}.gate.condition`)
}
