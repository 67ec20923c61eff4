/** What views and segments have in common, in the SDL of each. */
export const SAVED_FIELDS = `
  id: ID!
  object: String!
  name: String!
  "Who made it; null where one may not see the person."
  owner: String
  mine: Boolean!
  canChange: Boolean!
  everybody: Boolean!
  teams: [ID!]!
  roles: [ID!]!
  version: Int!
  updatedAt: DateTime!
  "False where it looks at something that is gone, or that the caller may not read; its filter is then not told."
  applicable: Boolean!
  filter: JSON`

export const SHARING_INPUT = `
"""With whom something is shared. All but one's own teams needs the right views.share."""
input SharingInput { everybody: Boolean = false teams: [ID!] = [] roles: [ID!] = [] }`

export const mutationsOf = (type: string): string => `
  create${type}(object: String!, input: ${type}Input!): ${type}
  "What is not given stays. A stale version is a CONFLICT."
  update${type}(id: ID!, version: Int!, input: ${type}Input!): ${type}
  "To be brought back within 30 days by restore${type}."
  delete${type}(id: ID!): Boolean!
  restore${type}(id: ID!): ${type}`
