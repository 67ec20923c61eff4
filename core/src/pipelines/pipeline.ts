import type { Kysely } from 'kysely'
import type { Filter, Localized } from '@kartotek/sdk'

export const STAGE_KINDS = ['open', 'won', 'lost'] as const
export type StageKind = (typeof STAGE_KINDS)[number]

/** What must hold to enter a stage, and to leave it. All parts are optional. */
export interface Gate {
  /** Keys of fields that must be filled to enter: `dueDate`, `custom.tier`, or a list of parts: `lines`. */
  requiredFields?: string[]
  /** Ids of the stages that may follow this one. Absent: any. */
  allowedNext?: string[]
  /** What the record must meet to enter: a filter of the object, a formula, or both (see conditions/). */
  condition?: Filter
  /** What to tell people when the condition does not hold. */
  conditionHint?: Localized
  /** Ids of roles that may enter this stage. Absent: anyone who may change the record. */
  mayPass?: string[]
}

/** A step of a pipeline. `probability` in percent, `normHours` the time within which a record should leave it. */
export interface Stage {
  id: string
  pipelineId: string
  key: string
  name: Localized
  kind: StageKind
  color: string
  probability: number
  normHours: number | null
  position: number
  gate: Gate
  archived: boolean
}

export interface Pipeline {
  id: string
  object: string
  key: string
  name: Localized
  position: number
  isDefault: boolean
  archived: boolean
  version: number
  stages: Stage[]
}

/** All pipelines with their stages, in order. Archived ones too: old records still stand in them. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- tables come and go with the model
export async function loadPipelines(db: Kysely<any>): Promise<Pipeline[]> {
  const rows = await db.selectFrom('core.pipeline').selectAll().orderBy('object').orderBy('position').orderBy('id').execute()
  const stages = await db.selectFrom('core.stage').selectAll().orderBy('position').orderBy('id').execute()
  return rows.map((p) => ({
    id: p.id, object: p.object, key: p.key, name: p.name, position: p.position, isDefault: p.is_default, archived: p.archived_at !== null, version: p.version,
    stages: stages.filter((s) => s.pipeline_id === p.id).map((s) => ({
      id: s.id, pipelineId: p.id, key: s.key, name: s.name, kind: s.kind, color: s.color, probability: s.probability,
      normHours: s.norm_hours, position: s.position, gate: s.gate, archived: s.archived_at !== null,
    })),
  }))
}
