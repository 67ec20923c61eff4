import type { Locale, Localized } from './locale.ts'
import type { PluginContext } from './context.ts'

/** Something that people are to be told, by {@link PluginContext.notify}. */
export interface Notice {
  /** Each person is told once for a key: `assignment:client:<id>:<change set>`. */
  key: string
  /** Ids of the users. Who does not work here any more is left out. */
  to: readonly string[]
  /** One of the kinds of the core, or one that a plugin adds. */
  kind: string
  /** What it is about, and what a click opens. Nobody is told of a record that he may not see when he looks. */
  subject?: { object: string, id: string }
  /** Values for the words of the kind, in their `{name}`; `by` is the id of the person who did it and becomes his name. */
  params?: Record<string, string | number>
  /** Words of their own, below those of the kind. Default: none. */
  text?: Localized | string
}

/** A kind of notifications: what people choose by, in their settings. {@link PluginContext.notify} tells of it. */
export interface NotificationKind {
  /** 1–60 characters; a plugin's begins with its id and a hyphen. */
  key: string
  /** What it is called in the settings. */
  label: Localized
  /** An icon name of the lucide set: `phone-missed`. */
  icon: string
  /** What stands on the notification; `{name}` takes a value of the notice. Default: the label. */
  title?: Localized
  /** The same where the person who did it may be named, as `{by}`. */
  titleBy?: Localized
  /** Sent by e-mail too, to those who did not choose otherwise. Default false. */
  mail?: boolean
}

/** A notification as its reader may see it at this moment, for a {@link NotificationChannel}. */
export interface ShownNotification {
  /** The same at every attempt. */
  id: string
  /** Key of its kind: `telephony-overdue`. */
  kind: string
  /** An icon name of the lucide set, of the kind. */
  icon: string
  /** In the language of the reader. */
  title: string
  /** Words of its own, in the language of the reader; null where there are none. */
  text: string | null
  /** What it is about; null where it is about none, or one that the reader may not see. */
  record: { object: string, id: string, title: string | null } | null
  /** When it was told, ISO 8601 in UTC. */
  at: string
}

/** What a {@link NotificationChannel} sends to one person at once. */
export interface NotificationBatch {
  /** The same when it is tried again. */
  id: string
  /** The reader: his id as a user, name, the address that he signs in by (null where he has none), and language. */
  to: { id: string, name: string, email: string | null, locale: Locale }
  /** At most 100, the oldest first. `url` opens the record in the app; null where there is none. */
  notifications: (ShownNotification & { url: string | null })[]
  /** Where the person changes what he is told. */
  settingsUrl: string
}

/**
 * A way by which people are told, besides the app and e-mail.
 *
 * @example
 * // Notifications in a channel of the team chat: people choose it in their settings beside the app and e-mail.
 * import { definePlugin, s } from '@kartotek/sdk'
 *
 * const settings = s.object({ hook: s.url({ title: { en: 'Incoming webhook of the chat' }, default: '' }) })
 *
 * export default definePlugin({
 *   id: 'team-chat', version: '1.0.0', compat: { sdk: '^0.1' }, settings,
 *   outbound: ['{settings.hook}'],
 *   notificationChannels: [{
 *     key: 'team-chat-post', label: { en: 'Team chat', fi: 'Tiimichat', ru: 'Чат команды', uk: 'Чат команди' },
 *     async send({ id, to, notifications }, ctx) {
 *       const lines = notifications.map(({ title, url }) => (url ? `${title}: ${url}` : title))
 *       const answer = await ctx.fetch(String(ctx.settings.hook), { method: 'POST', headers: { 'idempotency-key': id }, body: JSON.stringify({ text: [`${to.name}:`, ...lines].join('\n') }) })
 *       if (!answer.ok) throw new Error(`The chat answered ${answer.status}.`)  // tried again
 *     },
 *   }],
 * })
 */
export interface NotificationChannel {
  /** Begins with the id of the plugin and a hyphen. */
  key: string
  /** As people choose it in their settings. */
  label: Localized
  /** Throw to have it tried again, with growing pauses, eight times in all. Must end within 60 s. */
  send(batch: NotificationBatch, ctx: PluginContext): Promise<void> | void
}
