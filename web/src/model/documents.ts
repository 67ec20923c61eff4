import type { ShownByFormula, ShownByValue, ShownWhen } from '@kartotek/sdk'
import { pascal } from './naming.ts'
import type { FieldInfo, FieldKind, Gate, Labels, Model, ObjectInfo, OptionInfo, PipelineInfo, StageInfo, StageKind } from './types.ts'

const FIELDS = /* GraphQL */ `
  key name group type labels helps required unique readOnly writable hidden filterable sortable searchable exported history base
  default min max minLength maxLength pattern format normalForm formula scale to among reverse section shownWhen { field in formula } position version
  options { key labels color hidden } openOptions
`
const PIPELINE = /* GraphQL */ `
  id version object key labels isDefault archived
  stages { id key labels kind color probability normHours gate { requiredFields allowedNext condition conditionHint mayPass } }
`

export const MODEL = /* GraphQL */ `
  query Model {
    objects {
      name plural labels labelsPlural icon title owned staged custom
      partOf { object field list shownWhen { field in } } takesRows can { create update delete } judgements
      fields(hidden: true) { ${FIELDS} }
    }
    pipelines { ${PIPELINE} }
    company { baseCurrency country }
  }
`

export const CREATE_OBJECT = `mutation CreateObject($input: ObjectInput!) { createObject(input: $input) { name pending } }`
export const CREATE_FIELD = `mutation CreateField($object: String!, $input: FieldInput!) { createField(object: $object, input: $input) { key } }`
export const UPDATE_FIELD = `mutation UpdateField($object: String!, $field: String!, $input: FieldUpdate!) { updateField(object: $object, field: $field, input: $input) { key pending } }`
export const ADD_OPTION = `mutation AddOption($object: String!, $field: String!, $label: String!) { addOption(object: $object, field: $field, label: $label) { key labels color hidden } }`
export const HIDE_FIELD = `mutation HideField($object: String!, $field: String!) { hideField(object: $object, field: $field) { pending } }`
export const RESTORE_FIELD = `mutation RestoreField($object: String!, $field: String!) { restoreField(object: $object, field: $field) { pending } }`
export const DELETE_FIELD = `mutation DeleteField($object: String!, $field: String!, $confirm: String!) { deleteField(object: $object, field: $field, confirm: $confirm) { pending } }`
/** Sets the places of several fields in one request. */
export function placeFieldsDocument(object: string, places: readonly { key: string, position: number }[]): string {
  const changes = places.map(({ key, position }, index) => `f${index}: updateField(object: ${JSON.stringify(object)}, field: ${JSON.stringify(key)}, input: { position: ${position} }) { key }`)
  return `mutation PlaceFields { ${changes.join(' ')} }`
}
export const PLAN_FIELD = /* GraphQL */ `
  mutation PlanField($object: String!, $field: String!, $input: FieldUpdate!) {
    planFieldChange(object: $object, field: $field, input: $input) { ready failing rows { id title rule message } }
  }
`
export const CREATE_PIPELINE = `mutation CreatePipeline($input: PipelineInput!) { createPipeline(input: $input) { id } }`
export const UPDATE_PIPELINE = `mutation UpdatePipeline($id: ID!, $version: Int!, $input: PipelineInput!) { updatePipeline(id: $id, version: $version, input: $input) { id version pending } }`

type Loose<T> = { [K in keyof T]?: T[K] | null }
export interface ModelAnswer {
  objects: (Loose<Omit<ObjectInfo, 'fields'>> & { name: string, plural: string, fields: (Loose<FieldInfo> & Pick<FieldInfo, 'key' | 'name' | 'type'>)[] })[]
  pipelines: (Loose<Omit<PipelineInfo, 'stages'>> & { id: string, stages: (Loose<StageInfo> & { id: string })[] })[]
  company: { baseCurrency: string, country: string }
}

const labels = (value: Labels | null | undefined): Labels => value ?? {}

/** Pipeline and stage are references to no object of the model; the interface treats them as kinds of their own. */
function kindOf(field: ModelAnswer['objects'][number]['fields'][number]): FieldKind {
  const pipelines = field.type === 'reference' && field.group === 'system' && (field.name === 'stage' || field.name === 'pipeline')
  return pipelines ? field.name as FieldKind : field.type
}

function readField(object: string, field: ModelAnswer['objects'][number]['fields'][number]): FieldInfo {
  return {
    key: field.key, name: field.name, object, group: field.group === 'system' ? '' : field.group ?? '', type: kindOf(field),
    labels: labels(field.labels), helps: labels(field.helps),
    required: field.required ?? false, unique: field.unique ?? false, readOnly: field.readOnly ?? false,
    writable: (field.writable ?? true) && !field.readOnly, hidden: field.hidden ?? false,
    filterable: field.filterable ?? false, sortable: field.sortable ?? true, base: field.base ?? false, searchable: field.searchable ?? false, exported: field.exported ?? true, history: field.history ?? false,
    default: field.default ?? null,
    min: field.min == null ? null : String(field.min), max: field.max == null ? null : String(field.max),
    minLength: field.minLength ?? null, maxLength: field.maxLength ?? null, pattern: field.pattern ?? null, format: field.format ?? null, normalForm: field.normalForm ?? null, formula: field.formula ?? null, scale: field.scale ?? null,
    to: field.to ?? null, among: field.among ?? null, reverse: field.reverse ?? null, section: field.section ?? null, shownWhen: readShownWhen(field.shownWhen), position: field.position ?? null, version: field.version ?? 1,
    options: (field.options ?? []).map((option: OptionInfo) => ({ key: option.key, labels: labels(option.labels), color: option.color ?? null, hidden: option.hidden ?? false })), openOptions: field.openOptions ?? false,
  }
}

/** The half that was not asked for comes as null. */
function readShownWhen(when: Partial<ShownByValue & ShownByFormula> | null | undefined): ShownWhen | null {
  return !when ? null : when.formula ? { formula: when.formula } : { field: when.field!, in: when.in! }
}

function readGate(gate: Partial<Gate> | null | undefined): Gate {
  return {
    requiredFields: gate?.requiredFields ?? [], allowedNext: gate?.allowedNext ?? [],
    condition: gate?.condition ?? null, conditionHint: gate?.conditionHint ?? {}, mayPass: gate?.mayPass ?? [],
  }
}

/** Fills in what an answer leaves out, so that the rest of the app needs no guards. */
export function readModel(answer: ModelAnswer): Model {
  return {
    objects: answer.objects.map(object => ({
      name: object.name, plural: object.plural, type: pascal(object.name),
      labels: labels(object.labels), labelsPlural: labels(object.labelsPlural), icon: object.icon ?? null,
      title: object.title ?? 'name', owned: object.owned ?? false, staged: object.staged ?? false,
      custom: object.custom ?? false, partOf: object.partOf ?? [], takesRows: object.takesRows ?? false,
      can: object.can ?? { create: true, update: true, delete: true }, judgements: object.judgements ?? [],
      fields: object.fields.map(field => readField(object.name, field)),
    })),
    pipelines: answer.pipelines.map(pipeline => ({
      id: pipeline.id, version: pipeline.version ?? 1, object: pipeline.object ?? '', key: pipeline.key ?? '',
      labels: labels(pipeline.labels), isDefault: pipeline.isDefault ?? false, archived: pipeline.archived ?? false,
      stages: pipeline.stages.map(stage => ({
        id: stage.id, key: stage.key ?? '', labels: labels(stage.labels), kind: (stage.kind ?? 'OPEN').toUpperCase() as StageKind,
        color: stage.color ?? null, probability: stage.probability ?? null, normHours: stage.normHours ?? null, gate: readGate(stage.gate),
      })),
    })),
    company: { currency: answer.company.baseCurrency, country: answer.company.country },
  }
}
