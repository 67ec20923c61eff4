export const typeDefs = `
"A way by which messages go both ways."
type MessengersChannel {
  key: String!
  label: String!
  "It has all that it needs to send."
  ready: Boolean!
  "Hours after the last message of the person in which free messages may be sent; null: always."
  replyHours: Int
  "It can write to a number first."
  canBegin: Boolean!
  "How much it told that could not be dealt with; null for who may not change the settings of the plugin."
  failed: Int
  "How many messages of groups were left alone, which are never read; null for who may not change the settings of the plugin."
  leftAlone: MessengersLeftAlone
}
type MessengersLeftAlone { messages: Int! "When the last of them came; null where there was none." lastAt: DateTime }
type MessengersTemplate { name: String! language: String! text: String! values: Int! }
input MessengersTemplateInput { name: String! language: String! values: [String!]! = [] }
"To a conversation, or to a client by a channel: then to his newest conversation there, or by his number, where the channel can."
input MessengersSendInput {
  conversation: ID
  client: ID
  channel: String
  text: String
  "Files of the conversation (attachFile), at most 10."
  files: [ID!]
  template: MessengersTemplateInput
  "What it is for, one of the company's purposes: consent and «do not contact» are asked for it. An advertisement is for marketing."
  purpose: String! = "service"
  "The same for one intention: 8 to 100 letters and digits. A second call sends nothing more."
  key: String!
}
type MessengersSent { message: ID! conversation: ID! repeated: Boolean! }
extend type Query {
  messengersChannels: [MessengersChannel!]!
  "Texts that the platform approved."
  messengersTemplates(channel: String!): [MessengersTemplate!]!
}
extend type Mutation {
  "Writes a message that is sent at once, with the rights to create messages and to see the conversation. What becomes of it is its state."
  messengersSend(input: MessengersSendInput!): MessengersSent!
  "All of a conversation is read."
  messengersMarkRead(conversation: ID!): Boolean!
}
`
