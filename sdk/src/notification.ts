import type { Locale, Localized } from './locale.ts'
import type { PluginContext } from './plugin.ts'

/** Something that people are to be told. */
export interface Notice {
  /** Each person is told once for a key: `assignment:client:<id>:<change set>`. */
  key: string
  /** Ids of the users. Who does not work here any more is left out. */
  to: readonly string[]
  /** One of the kinds of the core, or one that a plugin adds. */
  kind: string
  /** What it is about, and what a click opens. Nobody is told of a record that he may not see when he looks. */
  subject?: { object: string, id: string }
  /** Values for the words of the kind; `by` is the id of the person who did it and becomes his name. */
  params?: Record<string, string | number>
  /** Words of their own, below those of the kind. */
  text?: Localized | string
}

/** A kind of notifications: what people choose by, in their settings. */
export interface NotificationKind {
  /** 1–60 characters; a plugin's begins with its id and a hyphen. */
  key: string
  /** What it is called in the settings. */
  label: Localized
  /** An icon name of the lucide set. */
  icon: string
  /** What stands on the notification; `{name}` takes a value of the notice. Default: the label. */
  title?: Localized
  /** The same where the person who did it may be named, as `{by}`. */
  titleBy?: Localized
  /** Sent by e-mail too, to those who did not choose otherwise. Default false. */
  mail?: boolean
}

/** A notification as its reader may see it at this moment. */
export interface ShownNotification {
  id: string
  kind: string
  icon: string
  /** In the language of the reader. */
  title: string
  text: string | null
  record: { object: string, id: string, title: string | null } | null
  at: string
}

/** What a channel sends to one person at once. */
export interface NotificationBatch {
  /** The same when it is tried again. */
  id: string
  to: { id: string, name: string, email: string | null, locale: Locale }
  /** `url` opens the record in the app. */
  notifications: (ShownNotification & { url: string | null })[]
  /** Where the person changes what he is told. */
  settingsUrl: string
}

/** A way by which people are told, besides the app and e-mail. */
export interface NotificationChannel {
  /** Begins with the id of the plugin and a hyphen. */
  key: string
  label: Localized
  /** Throw to have it tried again, with growing pauses, eight times in all. Must end within 60 s. */
  send(batch: NotificationBatch, ctx: PluginContext): Promise<void> | void
}
