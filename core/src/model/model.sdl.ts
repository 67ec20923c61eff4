import { FIELD_TYPES } from '@kartotek/sdk'
import { AT_ONCE } from '../records/write/batches.ts'

export const modelSdl = `
enum FieldType { ${FIELD_TYPES.join(' ')} }
"What a text holds where it is not any text: currency is a code of ISO 4217."
enum TextFormat { currency }

"""A kind of record. Labels come in the caller's language, \`labels\` in all."""
type ObjectInfo {
  name: String!
  plural: String!
  label: String!
  labelPlural: String!
  labels: JSON!
  labelsPlural: JSON!
  help: String
  helps: JSON
  icon: String!
  "Name of the field that names a record."
  title: String!
  owned: Boolean!
  staged: Boolean!
  "Made by an administrator."
  custom: Boolean!
  "The change that was asked for waits; see \`pendingModelChanges\`."
  pending: Boolean!
  "An own object that was given contact points."
  contactPoints: Boolean!
  "An own object that was given addresses."
  addresses: Boolean!
  "Written as lists of these wholes, not alone."
  partOf: [PartInfo!]!
  "Its records can be given lists of their own: objects whose \`partOf\` it is."
  takesRows: Boolean!
  "Lists that other objects give it."
  lists: [ListInfo!]!
  "References by which access comes: who may see one of the named records may see this one."
  accessFrom: [String!]!
  "How new records are numbered; null where they are not, and without \`model.manage\`."
  series: SeriesInfo
  version: Int!
  "Those that people see: keys by which records are matched and the like are left out."
  fields(hidden: Boolean = false): [FieldInfo!]!
  can: ObjectRights!
  "What filters of it can ask of a record as a whole: stuck, withoutNextStep, noContactDays, mayContact."
  judgements: [String!]!
}
"""\`prefix\` and a number of at least so many \`digits\`, in \`field\`. A prefix may contain {year}."""
type SeriesInfo { field: String! prefix: String! digits: Int! next: Float! }
"An object that is hidden; nothing of it is lost."
type HiddenObject {
  name: String!
  label: String!
  labels: JSON!
  labelsPlural: JSON!
  icon: String!
  "Null while the change waits."
  hiddenAt: DateTime
  "The change that was asked for waits; see \`pendingModelChanges\`."
  pending: Boolean!
}
type PartInfo { object: String! field: String! list: String! "Forms and cards of the whole show the list only where one of its fields has one of these values." shownWhen: ShownWhen }
"""
\`field\`: key of a select, multiSelect or boolean of the same record; \`in\`: keys of its choices, or true and false. Or a \`formula\`
over other fields of the record that gives yes or no; which fields it has forms ask for with what is typed is told by \`shownByFormula\`.
"""
type ShownWhen { field: String in: [String!] formula: String }
"""\`part\`: rows of the record itself; otherwise records that refer to it."""
type ListInfo { name: String! object: String! field: String! part: Boolean! label: String! }
type ObjectRights { create: Boolean! update: Boolean! delete: Boolean! }

type FieldInfo {
  "Path in the API: name, custom.tier."
  key: String!
  name: String!
  "system, custom, or the id of a plugin."
  group: String!
  type: FieldType!
  label: String!
  labels: JSON!
  help: String
  helps: JSON
  required: Boolean!
  unique: Boolean!
  readOnly: Boolean!
  "The caller may write it."
  writable: Boolean!
  hidden: Boolean!
  filterable: Boolean!
  sortable: Boolean!
  searchable: Boolean!
  exported: Boolean!
  history: Boolean!
  "The value of new records; of a date also today (the company's day on which the record is made), of a date-time now."
  default: JSON
  min: String
  max: String
  minLength: Int
  maxLength: Int
  pattern: String
  format: TextFormat
  "Name of the field beside it that has the normal form of what is typed: the E.164 number of a phone."
  normalForm: String
  "The expression that fills the field."
  formula: String
  scale: Int
  to: String
  "Objects whose records a field of type record may name; null: any."
  among: [String!]
  reverse: String
  section: String!
  "Forms and cards show the field only where the record meets this, or where it has a value itself."
  shownWhen: ShownWhen
  "Place in the section; fields without one follow in the order in which they were made."
  position: Int
  options: [OptionInfo!]!
  "Whoever may write the field may add choices: \`addOption\`."
  openOptions: Boolean!
  "none, building, ready or failed: whether lists of millions are quick by this field."
  indexState: String!
  "The change that was asked for waits: its table was busy for three seconds, or many records are written first. A job goes on; see \`pendingModelChanges\`."
  pending: Boolean!
  "Every record has it. Of owner, team, pipeline, stage and lossReason labels, help, section and position can be set, of lossReason the choices too."
  base: Boolean!
  version: Int!
}
type OptionInfo {
  key: String!
  label: String!
  labels: JSON!
  color: String!
  "No longer offered; records that have it keep it."
  hidden: Boolean!
}

input ObjectInput {
  "Latin letters, singular: vehicle. In the API it becomes xVehicle."
  name: String!
  plural: String!
  "Texts by language: { ru, uk, fi, en }."
  labels: JSON!
  labelsPlural: JSON!
  help: JSON
  icon: String
  "Default: true, and false for rows of a record, which have its owner."
  owned: Boolean
  staged: Boolean = false
  "Its records have phones, e-mails, messengers and sites, as clients have."
  contactPoints: Boolean = false
  "Its records have addresses, as clients have."
  addresses: Boolean = false
  "Its records are rows on the cards of this object: a list there, called as \`plural\`, that is written, seen and deleted with the card. It stays so."
  partOf: String
}
"""What is not given stays. Of an object that the system brings, labels, help, icon and numbers can be set; null takes its own text again."""
input ObjectUpdate {
  version: Int
  labels: JSON
  labelsPlural: JSON
  help: JSON
  icon: String
  "Records get owners, first those who made them. It cannot be taken back."
  owned: Boolean
  "Key of a text field."
  title: String
  "Keys of own references. Needs \`access.manage\`, and all records of the object."
  accessFrom: [String!]
  series: SeriesInput
  "Of own objects. Taken away, what is in the list stays, and comes back with it."
  contactPoints: Boolean
  addresses: Boolean
}
input SeriesInput {
  "Key of a text field."
  field: String
  prefix: String
  digits: Int
  "What the next record gets; more than any number that was given."
  next: Float
}
"""Either \`field\` and \`in\`, or \`formula\`."""
input ShownWhenInput { field: String in: [String!] formula: String }
input OptionInput { key: String! labels: JSON! color: String hidden: Boolean }
input FieldInput {
  name: String!
  type: FieldType!
  labels: JSON!
  help: JSON
  required: Boolean
  unique: Boolean
  "The value of new records; of a date also today (the company's day on which the record is made), of a date-time now."
  default: JSON
  min: String
  max: String
  minLength: Int
  maxLength: Int
  "A regular expression (RE2) that the whole text must match."
  pattern: String
  format: TextFormat
  "An expression over other fields of the record that fills this one: round(price * quantity, 2). See docs/expressions.md."
  formula: String
  scale: Int
  options: [OptionInput!]
  "Whoever may write the field may add choices."
  openOptions: Boolean
  "Object that a reference points to."
  to: String
  "Name of the list that the reference gives that object."
  reverse: String
  section: String
  shownWhen: ShownWhenInput
  position: Int
  filterable: Boolean
  exported: Boolean
  searchable: Boolean
  history: Boolean
}
input FieldUpdate {
  version: Int
  labels: JSON
  help: JSON
  required: Boolean
  unique: Boolean
  "The value of new records; of a date also today (the company's day on which the record is made), of a date-time now."
  default: JSON
  min: String
  max: String
  minLength: Int
  maxLength: Int
  pattern: String
  formula: String
  options: [OptionInput!]
  openOptions: Boolean
  section: String
  shownWhen: ShownWhenInput
  position: Int
  filterable: Boolean
  exported: Boolean
  searchable: Boolean
  "From–to history of the values: switched on, it begins with the next change of each record."
  history: Boolean
  "Fills the empty records before the field becomes required."
  backfill: JSON
}
"""What stands in the way of a change: all failing records counted, the first 50 shown."""
type FieldChangePlan { ready: Boolean! failing: Int! rows: [FailingRow!]! }
type FailingRow { id: ID! title: String value: JSON rule: String! message: String! }

enum ModelChangeKind { createField updateField hideField restoreField deleteField createObject updateObject hideObject restoreObject updatePipeline }
"WAITING: for a table that somebody holds. RUNNING: many records are written first, in the background; STOPPED there, it can be continued, and where it FAILED too. DONE: made lately, after such writing."
enum ModelChangeState { WAITING RUNNING STOPPED FAILED DONE }
type PendingModelChange {
  id: ID!
  change: ModelChangeKind!
  object: String!
  "Key of the field; of one to be made, the key that it will have."
  field: String
  "Of a pipeline."
  pipeline: ID
  "Of the field or pipeline, or of the object where it is about neither."
  label: String!
  since: DateTime!
  attempts: Int!
  triedAt: DateTime!
  state: ModelChangeState!
  "Why it could not be made."
  error: String
  "Records that must be written first; null where none must. More may come while it runs."
  total: Int
  "Of these the written ones."
  done: Int!
  "In which they are written, once there is one: what was written can be undone by it when the change does not run."
  changeSet: ID
  "Those who hold it up at this moment, the longest first."
  waitsFor: [TableHolder!]!
}
"""A session of the database with an open transaction on the table."""
type TableHolder {
  pid: Int!
  application: String!
  "active, idle in transaction …"
  state: String
  "Since when its transaction is open. Null where the server does not tell."
  since: DateTime
}

extend type Query {
  "The objects that the caller may see."
  objects: [ObjectInfo!]!
  object(name: String!): ObjectInfo
  "Keys of the fields that forms ask for by the formula of their \`shownWhen\`, with these values as an input has them. What is not understood counts as empty."
  shownByFormula(object: String!, values: JSON!): [String!]!
  "Own objects that are hidden. Needs \`model.manage\`."
  hiddenObjects: [HiddenObject!]!
  "Changes of fields, objects and pipelines that wait because somebody holds the table, write records first, or could not be made in the end. Needs \`model.manage\`; those of pipelines \`pipelines.manage\`."
  pendingModelChanges: [PendingModelChange!]!
}
extend type Mutation {
  createObject(input: ObjectInput!): ObjectInfo!
  updateObject(name: String!, input: ObjectUpdate!): ObjectInfo!
  "Takes an own object out of the API, with the references to it; its records stay."
  hideObject(name: String!): HiddenObject!
  restoreObject(name: String!): ObjectInfo!
  createField(object: String!, input: FieldInput!): FieldInfo!
  planFieldChange(object: String!, field: String!, input: FieldUpdate!): FieldChangePlan!
  "Refused with the failing records, unless there are none or a backfill mends them. Up to ${AT_ONCE} are filled before the answer; more in the background, and the answer is \`pending\`."
  updateField(object: String!, field: String!, input: FieldUpdate!): FieldInfo!
  "Adds a choice to a field; one of this name that is there is given back. Needs \`model.manage\`, unless the field has \`openOptions\`."
  addOption(object: String!, field: String!, label: String!): OptionInfo!
  "Takes an own field out of the API; its values stay."
  hideField(object: String!, field: String!): FieldInfo!
  restoreField(object: String!, field: String!): FieldInfo!
  "Deletes an own field that is hidden, with its values and their history, for good. \`confirm\`: its name. Gives the field as it was."
  deleteField(object: String!, field: String!, confirm: String!): FieldInfo!
  "Stops a change that writes records first, after the records in hand: what is written stays. Needs what the change needs."
  stopModelChange(id: ID!): PendingModelChange!
  "Goes on with one that was stopped or failed there, with the caller's rights."
  continueModelChange(id: ID!): PendingModelChange!
  "Gives up a change that waits or was stopped, or takes note of one that failed or is done. Needs what the change needs."
  cancelModelChange(id: ID!): Boolean!
}
`
