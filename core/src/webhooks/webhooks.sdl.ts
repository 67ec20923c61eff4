export const webhooksSdl = `
"""An address outside that is told of events, signed by Standard Webhooks. See docs/webhooks.md."""
type Webhook {
  id: ID!
  name: String!
  url: String!
  "Patterns of events: client.created, order.*"
  events: [String!]!
  "Only events of records of this object; null: of any."
  object: String
  "A filter of the object."
  condition: JSON
  "Keys of the fields that are told."
  fields: [String!]!
  active: Boolean!
  "With whose rights records are read: who last changed what is told, or where."
  owner: ID!
  ownerName: String
  "Why it stopped by itself: failing, gone or owner."
  stopped: String
  stoppedAt: DateTime
  "Until when the former secret signs, too."
  formerSecretUntil: DateTime
  version: Int!
  deliveries: WebhookDeliveryCount!
}
type WebhookDeliveryCount { waiting: Int! done: Int! failed: Int! last: DateTime }
enum WebhookDeliveryState { WAITING DONE FAILED SKIPPED }
"""One telling of one event. SKIPPED: the owner may not see the record any more."""
type WebhookDelivery {
  id: ID!
  "Sent as webhook-id: the same at every attempt."
  eventId: String!
  event: String!
  object: String
  record: ID
  "Null where the reader may not see the record."
  title: String
  state: WebhookDeliveryState!
  attempts: Int!
  "The code of the answer."
  code: Int
  "At most 1 kB of the answer."
  response: String
  "status, redirect, timeout, name, closed, certificate, connection, condition, stopped or noAccess."
  error: String
  at: DateTime!
  triedAt: DateTime
  nextAt: DateTime
}
type WebhookDeliveryPage { nodes: [WebhookDelivery!]! hasNextPage: Boolean! endCursor: String }
"The secret is told this once."
type NewWebhook { webhook: Webhook! secret: String! }
input WebhookInput {
  name: String!
  url: String!
  events: [String!]!
  object: String
  condition: JSON
  fields: [String!]
  active: Boolean
}
extend type Query {
  webhooks: [Webhook!]!
  webhook(id: ID!): Webhook
  webhookDeliveries(webhook: ID!, state: WebhookDeliveryState, first: Int = 50, after: String): WebhookDeliveryPage!
}
extend type Mutation {
  createWebhook(input: WebhookInput!): NewWebhook!
  updateWebhook(id: ID!, version: Int!, input: WebhookInput!): Webhook!
  deleteWebhook(id: ID!): Boolean!
  restoreWebhook(id: ID!): Webhook!
  "Makes the secret anew and tells it, once. The former one signs beside it for so many hours."
  rotateWebhookSecret(id: ID!, overlapHours: Int = 24): String!
  "Sends the event webhook.test."
  testWebhook(id: ID!): Boolean!
  replayWebhookDelivery(id: ID!): Boolean!
  "Has all failed deliveries made once more. Returns how many."
  replayFailedWebhookDeliveries(webhook: ID!): Int!
}
`
