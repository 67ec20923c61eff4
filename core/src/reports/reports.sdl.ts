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
  clients: Int! orders: Int!
  "Steps from stage to stage."
  moves: Int!
  won: Int! wonSums: [WorkSum!]! lost: Int! lostSums: [WorkSum!]!
}
type WorkPerson { id: ID! name: String! }
extend type Query {
  completenessKinds: [CompletenessKind!]!
  "Of however many clients; 300,000 take two to three seconds."
  completenessReport(filter: JSON, kinds: [String!], groupBy: CompletenessGrouping = OWNER, staleDays: Int): CompletenessReport!
  completenessRows(filter: JSON, kinds: [String!], staleDays: Int, first: Int = 50, after: String): CompletenessPage!
  "Whose work one may look at: one's own, that of the teams that one leads, or everybody's with the right audit.read."
  workPeople: [WorkPerson!]!
  "At most 31 days and 100 people, in the years 1900–2999."
  workReport(from: Date!, to: Date!, people: [ID!]): [WorkDay!]!
}
extend type Mutation {
  "What must be known of clients of a kind (organisation, person)."
  saveCompletenessRule(clientKind: String!, kinds: [String!]!): Boolean!
}
`
