import type { FieldType, Locale, PartOf, ShownWhen } from '@kartotek/sdk'

/** A text in all languages of the interface; the app shows the one that is chosen, without asking the server again. */
export type Labels = Partial<Record<Locale, string>>

/** What a field is to the interface: a type of the model, or one of the two references to pipelines. */
export type FieldKind = FieldType | 'stage' | 'pipeline'

/** One choice. A hidden one is no longer offered; records that have it keep it. */
export interface OptionInfo { key: string, labels: Labels, color: string | null, hidden?: boolean }

/** One field of an object, as far as the caller may see it. */
export interface FieldInfo {
  /** Path in the API: `name`, `custom.tier`. */
  key: string
  name: string
  /** Name of the object that it belongs to. */
  object: string
  /** Empty for system fields, `custom`, or a plugin's id. */
  group: string
  type: FieldKind
  labels: Labels
  helps: Labels
  required: boolean
  unique: boolean
  readOnly: boolean
  /** The caller may write it. */
  writable: boolean
  hidden: boolean
  filterable: boolean
  sortable: boolean
  searchable: boolean
  exported: boolean
  /** Its values are kept with the dates from and to. */
  history: boolean
  default: unknown
  min: string | null
  max: string | null
  minLength: number | null
  maxLength: number | null
  pattern: string | null
  /** What a text holds, where it is not any text. */
  format: 'currency' | null
  /** Name of the field beside it that has the normal form of what is typed. */
  normalForm: string | null
  formula: string | null
  scale: number | null
  to: string | null
  /** Objects whose records a `record` may name; null means any. */
  among: string[] | null
  reverse: string | null
  section: string | null
  /** Where forms and cards ask for it; null: everywhere. */
  shownWhen: ShownWhen | null
  position: number | null
  /** Every record has it; it cannot be changed in the settings. */
  base: boolean
  version: number
  options: OptionInfo[]
  /** Whoever may write the field may add choices. */
  openOptions: boolean
}

/** A kind of record. */
export interface ObjectInfo {
  name: string
  plural: string
  /** Name of the GraphQL type. */
  type: string
  labels: Labels
  labelsPlural: Labels
  icon: string | null
  /** Key of the field that names a record. */
  title: string
  owned: boolean
  staged: boolean
  /** Made by an administrator. */
  custom: boolean
  /** Records of it live inside records of these objects (order line → order). */
  partOf: PartOf[]
  /** Its records can be given lists of their own. */
  takesRows: boolean
  can: { create: boolean, update: boolean, delete: boolean }
  /** What filters can ask of a record as a whole: `stuck`, `mayContact` … */
  judgements: string[]
  fields: FieldInfo[]
}

export type StageKind = 'OPEN' | 'WON' | 'LOST'

/** What must hold before a record enters a stage, and where it may go from there. */
export interface Gate {
  requiredFields: string[]
  /** Ids of the stages that may follow; empty means any. */
  allowedNext: string[]
  /** A filter that the record must meet. */
  condition: Record<string, unknown> | null
  /** What to tell people when the condition does not hold. */
  conditionHint: Labels
  /** Ids of the roles that may pass; empty means everybody. */
  mayPass: string[]
}

export interface StageInfo {
  id: string
  key: string
  labels: Labels
  kind: StageKind
  color: string | null
  probability: number | null
  /** Hours that a record should stay at most. */
  normHours: number | null
  gate: Gate
}

export interface PipelineInfo {
  id: string
  version: number
  object: string
  key: string
  labels: Labels
  isDefault: boolean
  /** Retired: nothing new comes in, its records can go to another one. */
  archived: boolean
  stages: StageInfo[]
}

/** What values begin with that name no currency and no country of their own. */
export interface CompanyInfo { currency: string, country: string }

/** The model as the caller sees it: what every list, card and form of the app is built from. */
export interface Model { objects: ObjectInfo[], pipelines: PipelineInfo[], company: CompanyInfo }
