export const privacySdl = `
"""What personal data are used for, and the words by which people agree to it."""
type ConsentPurpose {
  key: String!
  "In the caller's language."
  label: String!
  labels: JSON!
  "Without consent one may not; otherwise one may until it is taken back."
  needsConsent: Boolean!
  text: String!
  "Grows when the words change."
  textVersion: Int!
  archived: Boolean!
}
"""Whether a person may be contacted by a channel for a purpose. reason: doNotContact, withdrawn, noConsent, erased or unknown."""
type ContactPermission { purpose: String! channel: String! may: Boolean! reason: String }
"""A part of what goes or stays. why: legalTerm, proof or others."""
type ErasurePiece {
  what: String!
  object: String!
  label: String!
  count: Int!
  why: String
  "Which, of those that people should look at before: as far as the reader sees them, at most 50."
  records: [RecordLink!]!
}
type ErasurePlan { goes: [ErasurePiece!]! stays: [ErasurePiece!]! }
"""Who exported or erased whose data; never what was in them."""
type PrivacyLogEntry { id: ID! kind: String! object: String! record: ID! userName: String! at: DateTime! }
type PrivacyLogPage { nodes: [PrivacyLogEntry!]! hasNextPage: Boolean! endCursor: String }
enum RetentionMode { OFF PROPOSE ERASE }
"""How long people are kept of whom nothing was heard: contacts, clients that are private persons, and requests that were declined (intakeItem)."""
type Retention { kind: String! months: Int! mode: RetentionMode! }
type RetentionProposal { id: ID! title: String! }
type RetentionProposalPage { nodes: [RetentionProposal!]! hasNextPage: Boolean! endCursor: String }
input ConsentPurposeInput { key: String! labels: JSON! needsConsent: Boolean! text: String archived: Boolean }
extend type Query {
  consentPurposes: [ConsentPurpose!]!
  "For each purpose and channel; empty for who may not see consents."
  contactPermissions(object: String!, id: ID!): [ContactPermission!]!
  erasurePlan(object: String!, id: ID!): ErasurePlan!
  privacyLog(first: Int = 50, after: String): PrivacyLogPage!
  retention: [Retention!]!
  retentionProposals(kind: String!, first: Int = 50, after: String): RetentionProposalPage!
}
extend type Mutation {
  saveConsentPurpose(input: ConsentPurposeInput!): ConsentPurpose!
  saveRetention(kind: String!, months: Int!, mode: RetentionMode!): Retention!
  "For good. \`confirm\` is the name of the person as it stands on the card."
  erasePerson(object: String!, id: ID!, confirm: String!): Boolean!
}
`
