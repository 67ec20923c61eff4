export const typeDefs = `
"""Something that the caller is told. What is about a record that he may not see any more is left out."""
type Notification {
  id: ID!
  kind: String!
  icon: String!
  "In the caller's language."
  title: String!
  text: String
  record: RecordLink
  at: DateTime!
  readAt: DateTime
}
type NotificationPage { nodes: [Notification!]! hasNextPage: Boolean! endCursor: String }
"""How often letters are sent: as things come, once an hour, once a day."""
enum NotificationPace { NOW HOURLY DAILY }
type NotificationChannelChoice { key: String! label: String! }
type NotificationKindChoice {
  key: String!
  label: String!
  icon: String!
  "By which of the channels one is told; none: not at all."
  channels: [String!]!
}
"""How one wants to be told."""
type NotificationSettings {
  "The ways there are: app, email where a mail server is set, and those of plugins."
  channels: [NotificationChannelChoice!]!
  kinds: [NotificationKindChoice!]!
  pace: NotificationPace!
  "Hour of the daily letter, in the time zone of the company."
  hour: Int!
  "Between these times of day only the app says something: 20:00."
  quietFrom: String
  quietTo: String
}
input NotificationKindInput { kind: String! channels: [String!]! }
"""What is not given stays."""
input NotificationSettingsInput { kinds: [NotificationKindInput!] pace: NotificationPace hour: Int quietFrom: String quietTo: String }

extend type Query {
  "One's own, newest first."
  notifications(first: Int = 30, after: String, unread: Boolean = false): NotificationPage!
  "One's own unread ones, at most 100."
  unreadNotifications: Int!
  "Null for who is no person."
  myNotificationSettings: NotificationSettings
}
extend type Mutation {
  "Marks one's own as read or unread, without ids all of them; gives how many are unread then."
  markNotifications(ids: [ID!], read: Boolean! = true): Int!
  saveNotificationSettings(input: NotificationSettingsInput!): NotificationSettings!
}
extend type Subscription {
  "How many unread ones there are, each time that this may have changed."
  unreadNotificationsChanged: Int!
}
`
