import { UNDO_DAYS } from './hand-over.ts'

export const typeDefs = `
"""Somebody stands in for an absent person: sees her records and may change them, from one time to another. They stay hers."""
type Substitution {
  id: ID!
  absent: NamedUser!
  substitute: NamedUser!
  from: DateTime!
  until: DateTime!
  note: String
  "It runs now."
  active: Boolean!
  "The caller may end it."
  canEnd: Boolean!
}
type NamedUser { id: ID! name: String! }
input SubstitutionInput {
  "Oneself, if not said; others need \`users.manage\`."
  absent: ID
  substitute: ID!
  from: DateTime!
  until: DateTime!
  note: String
}
"""
An object whose records can be handed over, and how many of a person's records the caller may hand over; or what belongs to
the work and is no record: places in queues of the intake (\`intakeQueue\`), shared views (\`view\`) and segments (\`segment\`).
"""
type HandOverObject {
  object: String!
  label: String!
  count: Int!
  "How many of them are still worked on; null where the object knows no end."
  open: Int
  "Only records can go by conditions."
  isRecord: Boolean!
}
input HandOverObjectInput { object: String! openOnly: Boolean = false }
input HandOverConditionInput { object: String! filter: JSON! to: ID! }
input HandOverInput {
  from: ID!
  objects: [HandOverObjectInput!]!
  "One person gets all; of several each gets the next record in turn."
  to: [ID!] = []
  "The first that a record matches says who gets it. What matches none goes to \`to\`, or stays."
  conditions: [HandOverConditionInput!] = []
  reason: String
  "A day on which it begins by itself, at its midnight in the time zone of the company; who gets what is decided then. Without it begins at once."
  startOn: Date
  letter: HandOverLetterInput
}
"""
What each client that moves is told by e-mail, once, when the hand-over is done: only who has an address and may be contacted by e-mail.
Placeholders in braces: those of \`handOverLetters\`.
"""
input HandOverLetterInput { subject: String! text: String! }
"How many records of an object go to a person; without one they stay."
type HandOverCount { object: String! label: String! user: NamedUser count: Int! }
enum HandOverState { PLANNED CANCELLED RUNNING DONE FAILED UNDOING UNDONE }
type HandOver {
  id: ID!
  from: NamedUser!
  by: NamedUser!
  reason: String
  state: HandOverState!
  "How many records it is about, and how many of them moved, stayed, came back, or stayed when it was undone."
  total: Int!
  moved: Int!
  left: Int!
  returned: Int!
  kept: Int!
  counts: [HandOverCount!]!
  "Records that were not moved, or not moved back, and why."
  problems(first: Int = 50): [HandOverProblem!]!
  changeSets: [ID!]!
  error: String
  createdAt: DateTime!
  finishedAt: DateTime
  undoneAt: DateTime
  "Until then it can be undone; null where it was, or the time is over."
  undoUntil: DateTime
  "The day on which it begins, or began, by itself; null where it began at once."
  startOn: Date
  "What the clients are told, and how far that is; null where they are told nothing."
  letter: HandOverLetter
}
type HandOverLetter {
  subject: String!
  text: String!
  waiting: Int!
  sent: Int!
  "Could not be sent, several times."
  failed: Int!
  noAddress: Int!
  "The client, or the contact, is not to be written to."
  mustNot: Int!
  "The hand-over was undone, or the client is somebody else's, before it was sent."
  withdrawn: Int!
}
type HandOverPreview {
  counts: [HandOverCount!]!
  "When it begins; null for at once. The counts are those of now."
  startOn: Date
  "Whom a letter would reach; null without one."
  letter: HandOverLetterPreview
}
type HandOverLetterPreview {
  clients: Int!
  sendable: Int!
  noAddress: Int!
  mustNot: Int!
  "As the first client would get it."
  subject: String
  text: String
}
"What letters to clients need: a mail server, and the right to know whom one may contact."
type HandOverLetters {
  available: Boolean!
  placeholders: [String!]!
}
type HandOverProblem { object: String! id: ID! title: String message: String! }
extend type Query {
  "Running ones, those to come, and those that ended lately: one's own; of all people for who manages users."
  substitutions(user: ID): [Substitution!]!
  handOverObjects(user: ID!): [HandOverObject!]!
  "What a hand-over would do. Nothing is changed."
  previewHandOver(input: HandOverInput!): HandOverPreview!
  handOverLetters: HandOverLetters!
  handOvers(first: Int = 20): [HandOver!]!
  handOver(id: ID!): HandOver
}
extend type Mutation {
  startSubstitution(input: SubstitutionInput!): Substitution!
  endSubstitution(id: ID!): Boolean!
  "Hands the records of one person over to others, in the background. Needs \`handover.run\` and the right to hand over each record."
  startHandOver(input: HandOverInput!): HandOver!
  "Takes a hand-over back, for ${UNDO_DAYS} days. What was changed since stays and is listed."
  undoHandOver(id: ID!): HandOver!
  "Ends a planned one before it begins."
  cancelHandOver(id: ID!): HandOver!
}
`
