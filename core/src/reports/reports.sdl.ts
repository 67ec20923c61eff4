export const reportsSdl = `
"""A kind of information that a client may have: a way to reach him, or a field of his card."""
type CompletenessKind { key: String! label: String! "Kinds of clients of whom it must be known." requiredOf: [String!]! }
"How many clients have it. STALE: right, and written longer ago than asked for. INVALID: something is there that cannot be right."
type CompletenessCell { kind: String! filled: Int! stale: Int! invalid: Int! empty: Int! }
type CompletenessGroup {
  "Id of the owner, team or segment; null: nobody's, or of one that the reader may not see. A client may be in several segments, or in none."
  key: ID
  label: String
  clients: Int!
  "Of whom all is known that must be."
  complete: Int!
  "The mean of the shares of what must be known, in percent."
  mean: Float!
  cells: [CompletenessCell!]!
}
"The clients of a cell, as an ordinary filter."
type CompletenessFilter { kind: String! state: String! filter: JSON! }
type CompletenessReport {
  kinds: [CompletenessKind!]!
  "At most 500, those of whose clients the least is known; of segments the first 50 by name, without those of no clients."
  groups: [CompletenessGroup!]!
  "How many groups are not listed. The total counts them."
  moreGroups: Int!
  total: CompletenessGroup!
  filters: [CompletenessFilter!]!
}
type CompletenessState { kind: String! "filled, stale, invalid or empty" state: String! }
type CompletenessRow { id: ID! title: String! owner: String "In percent; null where nothing must be known." share: Int states: [CompletenessState!]! }
type CompletenessPage { nodes: [CompletenessRow!]! hasNextPage: Boolean! endCursor: String }
enum CompletenessGrouping { OWNER TEAM SEGMENT }
type WorkSum { amount: Decimal! currency: String! }
"""What somebody did on a day, of what the reader sees."""
type WorkDay {
  person: ID! name: String! day: Date!
  calls: Int! letters: Int! messages: Int! meetings: Int!
  "Notes and comments."
  notes: Int!
  tasksDone: Int!
  "Due that day, over, and still open."
  tasksOverdue: Int!
  tasksCreated: Int!
  "Requests dealt with: accepted, linked, declined, or found to be spam."
  requests: Int!
  clients: Int! orders: Int!
  "Steps from stage to stage."
  moves: Int!
  won: Int! wonSums: [WorkSum!]! lost: Int! lostSums: [WorkSum!]!
}
"Lengths in seconds, null where there are none to take them of."
type StageTimes { count: Int! mean: Float median: Float p90: Float }
"""How long records stand in an open stage."""
type StageReportRow {
  stage: Stage!
  "Visits that ended in the period."
  finished: StageTimes!
  "Ages of the visits of those that stand there now."
  present: StageTimes!
  oldest: Float
  "Of them, those that stand there longer than the norm."
  stuck: Int!
}
type StageReport {
  rows: [StageReportRow!]!
  "The sales cycle: from making to winning, of those won in the period; null for who may not read when a record was made."
  cycle: StageTimes
}
type StageReportRecord { id: ID! title: String! owner: String stage: Stage! enteredAt: DateTime! seconds: Float! stuck: Boolean! }
type StageReportPage { nodes: [StageReportRecord!]! hasNextPage: Boolean! endCursor: String }
"""Who had a client, and from when to when."""
type OwnerPeriod {
  client: RecordLink!
  "Null for a person whom the caller does not see."
  owner: RecordLink
  from: DateTime!
  "Null while it lasts."
  to: DateTime
  "Days of the report; a day belongs to who has the client when it ends."
  days: Int!
}
"""How many clients somebody had in the period, and on how many days in all."""
type OwnerTotal { owner: RecordLink clients: Int! days: Float! }
type OwnerReport {
  totals: [OwnerTotal!]!
  nodes: [OwnerPeriod!]!
  hasNextPage: Boolean!
  endCursor: String
}
type WorkPerson { id: ID! name: String! }
extend type Query {
  completenessKinds: [CompletenessKind!]!
  "Of however many clients; 300,000 take two to three seconds."
  completenessReport(filter: JSON, kinds: [String!], groupBy: CompletenessGrouping = OWNER, staleDays: Int): CompletenessReport!
  completenessRows(filter: JSON, kinds: [String!], staleDays: Int, first: Int = 50, after: String): CompletenessPage!
  "Whose work one may look at: one's own, that of the teams that one leads, or everybody's with the right audit.read."
  workPeople: [WorkPerson!]!
  """
  How long records stand in each open stage of a pipeline, the default one where none is given. The period is of days in the company's
  time zone; without it all of the past counts. \`workingTime\` counts the hours of the company's calendar only. At most 200,000 visits.
  """
  stageReport(object: String!, pipeline: ID, from: Date, to: Date, workingTime: Boolean = false, filter: JSON): StageReport!
  "Records in open stages, or in one of them, those that stand there longest first."
  stageReportRecords(object: String!, stage: ID, workingTime: Boolean = false, filter: JSON, first: Int = 50, after: String): StageReportPage!
  "Who had which of the clients that one sees, and from when to when: periods that touch the days from–to of the company, by client."
  ownerReport(from: Date!, to: Date!, people: [ID!], filter: JSON, first: Int = 50, after: String): OwnerReport!
  "At most 31 days and 100 people, in the years 1900–2999."
  workReport(from: Date!, to: Date!, people: [ID!]): [WorkDay!]!
}
extend type Mutation {
  "What must be known of clients of a kind (organisation, person)."
  saveCompletenessRule(clientKind: String!, kinds: [String!]!): Boolean!
}
`
