import { RELATIVE_DATES } from '../records/relative-dates.ts'

/** Types that do not depend on the model. */
export const commonSdl = `
"""A decimal number as text, exact: "12.50"."""
scalar Decimal
"""A day: "2026-11-21"."""
scalar Date
"""A moment in ISO 8601 with its offset: "2026-11-21T12:00:00Z"."""
scalar DateTime
"""Any JSON value."""
scalar JSON

enum Direction { ASC DESC }
"""Which shelf to look at: records in use, archived ones, those in the trash, or the first two."""
enum Archived { ACTIVE ARCHIVED TRASHED ALL }
enum RelativeDate { ${RELATIVE_DATES.join(' ')} }
enum DateUnit { DAY WEEK MONTH QUARTER YEAR }
enum AggregateFunction { COUNT COUNT_DISTINCT SUM AVG MIN MAX }
enum StageKind { OPEN WON LOST }
enum ChangeKind { CREATED UPDATED GONE MANY }

"""One choice of a select field."""
type Option { key: String! label: String! color: String! }
type Money { amount: Decimal! currency: String! }
type Phone {
  raw: String!
  "The number in E.164, where it is valid."
  e164: String
  country: String
  type: String
  extension: String
  "The number as people of its country write it internationally."
  display: String
}
type TaxId { value: String! country: String kind: String }
type Address { text: String postcode: String country: String region: String city: String street: String house: String }
"""A record of whatever object; null where there is none that you may see."""
type RecordLink {
  "Name of its object: client."
  object: String!
  id: ID!
  "What names it in lists."
  title: String
}
input RecordLinkInput { object: String! id: ID! }
input MoneyInput { amount: Decimal! currency: String }
input TaxIdInput { value: String! country: String }
input AddressInput { text: String postcode: String country: String region: String city: String street: String house: String }

type PageInfo { hasNextPage: Boolean! hasPreviousPage: Boolean! startCursor: String endCursor: String }
"""A way of records through stages."""
type Pipeline {
  id: ID!
  object: String!
  key: String!
  "In the caller's language."
  name: String!
  labels: JSON!
  position: Int!
  isDefault: Boolean!
  archived: Boolean!
  version: Int!
  "The change that was asked for runs in the background, because many records move first; see \`pendingModelChanges\`."
  pending: Boolean!
  stages: [Stage!]!
}
"""A step of a pipeline."""
type Stage {
  id: ID!
  key: String!
  "In the caller's language."
  label: String!
  labels: JSON!
  kind: StageKind!
  color: String!
  "Probability of success in percent."
  probability: Int!
  "Hours within which a record should leave the stage; null: twice the median of the last 90 days."
  normHours: Int
  position: Int!
  archived: Boolean!
  gate: Gate!
}
"""What must hold to enter a stage, and which stages may follow."""
type Gate { requiredFields: [String!]! allowedNext: [ID!]! condition: JSON conditionHint: JSON mayPass: [ID!]! }

"""How many records: exact up to 10,000, above that an estimate that says so."""
type Total { value: Int! exact: Boolean! }
"""What the caller may do with a record."""
type RecordRights { update: Boolean! archive: Boolean! delete: Boolean! share: Boolean! }

type AggregateRow { keys: [AggregateKey!]! values: [AggregateValue!]! }
type AggregateKey { field: String! value: JSON label: String }
type AggregateValue { function: AggregateFunction! field: String value: Decimal currency: String }
"""Orders rows by one of the measures, counted from 0."""
input AggregateOrder { measure: Int = 0 direction: Direction = DESC }

"""What became of a write of many records."""
type BulkResult { changeSet: ID succeeded: Int! failed: Int! results: [BulkItem!]! }
type BulkItem { index: Int! id: ID ok: Boolean! error: BulkError }
type BulkError {
  code: String!
  message: String!
  fields: JSON
  missing: JSON
  "Of a CONFLICT: the current values."
  current: JSON
}

input IdFilter { eq: ID ne: ID in: [ID!] notIn: [ID!] isNull: Boolean }
input TextFilter { eq: String ne: String in: [String!] notIn: [String!] contains: String startsWith: String isNull: Boolean }
input NumberFilter { eq: Decimal ne: Decimal in: [Decimal!] notIn: [Decimal!] gt: Decimal gte: Decimal lt: Decimal lte: Decimal isNull: Boolean }
input MoneyFilter { eq: Decimal ne: Decimal in: [Decimal!] notIn: [Decimal!] gt: Decimal gte: Decimal lt: Decimal lte: Decimal isNull: Boolean currency: String }
"channel: phone, email, sms, messenger or post; purpose: the key of one. Without a purpose only «do not contact» is asked."
input MayContactFilter { channel: String! purpose: String }
"""\`lastDays: 7\` is today and the six days before it, in the company's time zone."""
input DateFilter { eq: Date ne: Date in: [Date!] notIn: [Date!] gt: Date gte: Date lt: Date lte: Date isNull: Boolean relative: RelativeDate lastDays: Int nextDays: Int }
input DateTimeFilter { eq: DateTime ne: DateTime in: [DateTime!] notIn: [DateTime!] gt: DateTime gte: DateTime lt: DateTime lte: DateTime isNull: Boolean relative: RelativeDate lastDays: Int nextDays: Int }
input BooleanFilter { eq: Boolean isNull: Boolean }
input SelectFilter { eq: String ne: String in: [String!] notIn: [String!] isNull: Boolean }
input MultiSelectFilter { has: String hasAny: [String!] hasAll: [String!] isNull: Boolean }
input AddressFilter { isNull: Boolean text: TextFilter postcode: TextFilter country: TextFilter region: TextFilter city: TextFilter street: TextFilter house: TextFilter }
"""\`isNull\`: there is none, or none that you may see."""
input RecordFilter { object: SelectFilter id: IdFilter isNull: Boolean }
input StageFilter { eq: ID ne: ID in: [ID!] notIn: [ID!] isNull: Boolean kind: [StageKind!] }
`
