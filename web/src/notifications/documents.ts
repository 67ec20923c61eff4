/** A notification as the API gives it, in the reader's language. */
export interface Notice {
  id: string
  kind: string
  icon: string
  title: string
  text: string | null
  record: { object: string, id: string, title: string | null } | null
  at: string
  readAt: string | null
}
export interface NoticesAnswer { notifications: { nodes: Notice[], hasNextPage: boolean, endCursor: string | null } }
export const NOTICES = `query Notifications($first: Int, $after: String, $unread: Boolean) {
  notifications(first: $first, after: $after, unread: $unread) { nodes { id kind icon title text record { object id title } at readAt } hasNextPage endCursor }
}`
export const UNREAD = 'query UnreadNotifications { unreadNotifications }'
export const UNREAD_CHANGED = 'subscription UnreadNotificationsChanged { unreadNotificationsChanged }'
export const MARK = 'mutation MarkNotifications($ids: [ID!], $read: Boolean!) { markNotifications(ids: $ids, read: $read) }'

export type Pace = 'NOW' | 'HOURLY' | 'DAILY'
export interface NoticeSettings {
  channels: { key: string, label: string }[]
  kinds: { key: string, label: string, icon: string, channels: string[] }[]
  pace: Pace
  hour: number
  quietFrom: string | null
  quietTo: string | null
}
const SETTINGS_FIELDS = '{ channels { key label } kinds { key label icon channels } pace hour quietFrom quietTo }'
export const MY_SETTINGS = `query MyNotificationSettings { myNotificationSettings ${SETTINGS_FIELDS} }`
export const SAVE_SETTINGS = `mutation SaveNotificationSettings($input: NotificationSettingsInput!) { saveNotificationSettings(input: $input) ${SETTINGS_FIELDS} }`
