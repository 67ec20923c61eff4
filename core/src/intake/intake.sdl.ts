export const typeDefs = `
"""A way by which requests come in."""
type IntakeChannel { key: String! label: String! labels: JSON! icon: String! color: String! }
input IncomingPointInput { kind: String! value: String! }
input IncomingValueInput { name: String! value: String }
"""Something that came in. \`source\` and \`externalId\` make it one, however often it is delivered."""
input IncomingInput {
  channel: String!
  "Which site, number or advertising place."
  source: String
  "The number that the source gives it."
  externalId: String
  "Default: now."
  receivedAt: DateTime
  person: String
  company: String
  taxId: String
  phones: [String!]
  emails: [String!]
  "Other ways to reach the sender: telegram, whatsapp …"
  points: [IncomingPointInput!]
  text: String
  amount: MoneyInput
  region: String
  "Of a call: how long it was; 0: nobody answered. Default: what a value named seconds, billsec or duration says."
  seconds: Int
  "Whatever else was filled in."
  values: [IncomingValueInput!]
  utmSource: String
  utmMedium: String
  utmCampaign: String
  utmTerm: String
  utmContent: String
  page: String
  referer: String
  "Own fields of requests, by their names."
  custom: JSON
  "All of it, as it came; at most 100,000 characters."
  raw: JSON
}
type IntakeReceipt {
  id: ID!
  "It had been delivered before; nothing new was made."
  repeated: Boolean!
}
type IntakeRecord { id: ID! title: String! }
type IntakeReason { code: String! text: String! }
"""Who may have sent it, and why."""
type IntakeCandidate {
  client: IntakeRecord
  contact: IntakeRecord
  "His newest open order."
  order: IntakeRecord
  "Enough to say that it is he."
  strong: Boolean!
  reasons: [IntakeReason!]!
}
"""What accepting would make: for each an existing record, the values of a new one, or nothing."""
type IntakeProposal {
  "Those whom one sees, the likeliest first."
  candidates: [IntakeCandidate!]!
  "Whose clients it may be that one does not see, for who may learn that (\`duplicates.see\`)."
  elsewhere: [String!]!
  client: ID
  clientValues: JSON
  contact: ID
  contactValues: JSON
  order: ID
  orderValues: JSON
}
type IntakeDecision { id: ID! at: DateTime! code: String! text: String! }
"""For each an existing record, the values of a new one (as of its create mutation), or nothing."""
input IntakeAcceptance {
  client: ID
  clientValues: JSON
  contact: ID
  contactValues: JSON
  order: ID
  orderValues: JSON
  "Whose the new records and the request are."
  owner: ID
  "Make a new client although one was recognised; it is noted. Where one sees him it needs the right \`duplicates.create\`."
  anyway: Boolean = false
  "Add the sender's numbers and addresses that are missing to the contact, else to the client."
  addPoints: Boolean = true
}
enum IntakeLeftReason {
  "Another client or contact has it."
  elsewhere
  "One may not write it there."
  rights
}
"""A number or address of the sender that was not added. Who has it is named where one sees him."""
type IntakePointLeft { kind: String! value: String! reason: IntakeLeftReason! client: IntakeRecord contact: IntakeRecord }
type IntakeActed { id: ID! changeSet: ID client: ID contact: ID order: ID pointsAdded: Int! pointsLeft: [IntakePointLeft!]! }
"""Requests that wait for oneself, those of the common queue, and one's own that are late."""
type IntakeCounters { mine: Int! queue: Int! late: Int! }
enum IntakeConversionGrouping { SOURCE OWNER }
type IntakeConversionRow {
  "Null in rows of people."
  channel: String
  source: String
  "Null in rows of sources, of what is nobody's, and of those whom the reader does not see."
  owner: IntakeRecord
  received: Int!
  waiting: Int!
  accepted: Int!
  linked: Int!
  declined: Int!
  "Their orders that were won; null for who may not see orders."
  won: Int
  "First answers in the time to answer of who has the request; null for who may not read these times."
  answeredInTime: Int
  "After it, or still none when it is over. Requests without a time to answer are in neither."
  answeredLate: Int
}
enum IntakeStrategy {
  turns
  "To who has the least open work."
  fewest
  weights
  "Weighted by what each won of his requests of the last 90 days that are settled; who is new counts as the mean."
  conversion
  queue
}
enum IntakeLate { next leader queue }
type IntakeMember { user: ID! weight: Int! cap: Int }
input IntakeMemberInput { user: ID! weight: Int! = 1 cap: Int }
"""Who gets the requests that meet a condition."""
type IntakeRule {
  id: ID!
  name: String!
  active: Boolean!
  "A filter of requests, a \`formula\`, or both; null for all, and where one does not see what it looks at."
  condition: JSON
  strategy: IntakeStrategy!
  pool: [IntakeMember!]!
  "Only who works at this moment."
  atWork: Boolean!
  "Minutes of working time until the first answer; null for no timer."
  answerMinutes: Int
  late: IntakeLate!
}
input IntakeRuleInput {
  id: ID
  name: String!
  active: Boolean = true
  condition: JSON
  strategy: IntakeStrategy!
  pool: [IntakeMemberInput!] = []
  atWork: Boolean = true
  answerMinutes: Int
  late: IntakeLate = next
}
"""A web form that sends in requests to \`POST /forms/<key>\`."""
type IntakeForm { key: ID! name: String! active: Boolean! source: String! origins: [String!]! thanks: String }
input IntakeFormInput {
  "A new form has none."
  key: ID
  name: String!
  active: Boolean = true
  source: String
  "Sites whose scripts may send it; none: any."
  origins: [String!] = []
  "Where the visitor is led after sending."
  thanks: String
}
type IntakeKnown { toResponsible: Boolean! answerMinutes: Int late: IntakeLate! }
input IntakeKnownInput { toResponsible: Boolean! answerMinutes: Int late: IntakeLate! }
type IntakeSettings { version: String! known: IntakeKnown! rules: [IntakeRule!]! forms: [IntakeForm!]! }
"""Whole lists, in their order; what is left out stays."""
input IntakeSettingsInput { known: IntakeKnownInput rules: [IntakeRuleInput!] forms: [IntakeFormInput!] }
extend type Query {
  intakeChannels: [IntakeChannel!]!
  "Null for who may not see requests."
  intakeCounters: IntakeCounters
  intakeProposal(id: ID!): IntakeProposal!
  "All of a request as it came; null for who may not read that."
  intakeRaw(id: ID!): String
  "What was decided about a request, and why."
  intakeDecisions(id: ID!): [IntakeDecision!]!
  "What became of the requests of a period, without spam."
  intakeConversion(from: DateTime!, to: DateTime!, groupBy: IntakeConversionGrouping = SOURCE): [IntakeConversionRow!]!
  intakeSettings: IntakeSettings!
}
extend type Mutation {
  "Hands in a request, by the right \`intake.receive\`."
  receiveIntake(input: IncomingInput!): IntakeReceipt!
  acceptIntake(id: ID!, version: Int, input: IntakeAcceptance!): IntakeActed!
  linkIntake(id: ID!, version: Int, client: ID, contact: ID, order: ID, addPoints: Boolean = true): IntakeActed!
  declineIntake(id: ID!, version: Int, reason: String!, note: String): IntakeActed!
  markIntakeSpam(id: ID!, version: Int): IntakeActed!
  "Takes a request from the common queue."
  takeIntake(id: ID!): IntakeActed!
  "The first answer was given: its timer ends."
  answerIntake(id: ID!): IntakeActed!
  "Takes back that a request was declined or spam; it waits again."
  reopenIntake(id: ID!): IntakeActed!
  updateIntakeSettings(version: String!, input: IntakeSettingsInput!): IntakeSettings!
}
`
