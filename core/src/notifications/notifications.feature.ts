import { definePlugin, NotAllowedError, textIn, type NotificationChannel, type NotificationKind, type PluginDefinition, type Resolvers } from '@kartotek/sdk'
import { sql } from 'kysely'
import type { SendMail } from '../accounts/deps.ts'
import type { LiveEvent, LiveInterest } from '../events/index.ts'
import type { RequestContext } from '../graphql/context.ts'
import { readingOf, type Engine } from '../records/engine.ts'
import type { Reading } from '../records/reading.ts'
import { channelsOf, deliver, labelOf, type Channel, type DeliveryDeps } from './deliver.ts'
import { KINDS } from './kinds.ts'
import { letterOf } from './letter.ts'
import { countUnread, listNotifications, markRead } from './list.ts'
import { NOTIFICATIONS } from './notify.ts'
import { checkSettings, saveSettings, settingsOf, type NotificationSettings } from './settings.ts'
import { sources } from './sources.ts'
import { typeDefs } from './sdl.ts'
import { unreadChanges } from './unread-subscription.ts'
import { watchTime } from './watches.ts'

export interface NotificationsDeps {
  engine(): Engine
  /** What plugins add; each channel runs as code of its plugin. */
  kinds(): readonly NotificationKind[]
  channels(): readonly { channel: NotificationChannel, send: Channel['send'] }[]
  sendMail(): SendMail | null
  publicUrl(): string
  /** Has what waits sent, now or after so many seconds. */
  enqueue(afterSeconds?: number): Promise<void>
  keepDays(): number
}

const APP = { key: 'app', label: { ru: 'В программе', uk: 'У програмі', fi: 'Sovelluksessa', en: 'In the app' } }

/** Tells people what concerns them: in the app at once, by e-mail and by the channels of plugins as they chose. */
export function notificationsFeature(deps: NotificationsDeps): PluginDefinition {
  const kinds = (): Map<string, NotificationKind> => new Map([...KINDS, ...deps.kinds()].map((kind) => [kind.key, kind]))
  const channels = (): Channel[] => {
    const mail = deps.sendMail()
    return [
      ...mail ? [{
        key: 'email', label: { ru: 'По почте', uk: 'Поштою', fi: 'Sähköpostilla', en: 'By e-mail' }, paced: true,
        async send(batch: Parameters<Channel['send']>[0]) { if (batch.to.email) await mail({ to: batch.to.email, id: batch.id, ...letterOf(batch) }) },
      }] : [],
      ...deps.channels().map(({ channel, send }): Channel => ({ key: channel.key, label: channel.label, paced: false, send })),
    ]
  }
  const delivery = (): DeliveryDeps => ({ engine: deps.engine(), kinds, channels, publicUrl: deps.publicUrl })
  const shownSettings = async (reading: Reading, user: string): Promise<object> => {
    const settings = (await settingsOf(reading.db, [user])).get(user)!
    const offered = channels().map((channel) => channel.key)
    return {
      ...settings,
      channels: [{ key: APP.key, label: textIn(APP.label, reading.locale) }, ...channels().map((channel) => ({ key: channel.key, label: labelOf(channel, reading.locale) }))],
      kinds: [...kinds().values()].map((kind) => ({
        key: kind.key, label: textIn(kind.label, reading.locale), icon: kind.icon,
        channels: channelsOf(kind.key, settings, kinds()).filter((key) => key === APP.key || offered.includes(key)),
      })),
    }
  }
  return definePlugin({
    id: 'notifications',
    version: '1.0.0',
    settings: { type: 'object', properties: { keepDays: { type: 'integer', minimum: 1, maximum: 3650, default: 90, title: 'Days that notifications are kept' } }, additionalProperties: false },
    on: sources(() => ({ engine: deps.engine(), deliverSoon: () => deps.enqueue() })),
    // One queue, so that one node at a time looks; what it sends is claimed all the same.
    jobs: { deliver: { timeoutSeconds: 600, async run(_, ctx) {
      const again = await deliver(delivery(), ctx.signal)
      if (again !== null) await deps.enqueue(again)
    } } },
    schedules: [
      { id: 'minute', cron: '* * * * *', async run() { await watchTime(deps.engine()); await deps.enqueue() } },
      { id: 'prune', cron: '41 3 * * *', run: (ctx) => prune(deps.engine(), deps.keepDays(), ctx.signal) },
    ],
    graphql: {
      typeDefs,
      resolvers: {
        Query: {
          notifications: (_: unknown, args: { first?: number, after?: string, unread?: boolean }, ctx: RequestContext) => listNotifications(ctx.reading, args, kinds()),
          unreadNotifications: (_: unknown, _args: unknown, ctx: RequestContext) => countUnread(ctx.reading, kinds()),
          myNotificationSettings: (_: unknown, _args: unknown, ctx: RequestContext) => (ctx.actor.userId ? shownSettings(ctx.reading, ctx.actor.userId) : null),
        },
        Mutation: {
          async markNotifications(_: unknown, { ids, read }: { ids?: string[] | null, read: boolean }, ctx: RequestContext) {
            await markRead(ctx.reading, ids ?? null, read)
            ctx.engine.afterCommit()
            return countUnread(ctx.reading, kinds())
          },
          async saveNotificationSettings(_: unknown, { input }: { input: SettingsInput }, ctx: RequestContext) {
            if (!ctx.actor.userId) throw new NotAllowedError('Only a person has notifications.')
            const { db } = ctx.reading
            const before = (await settingsOf(db, [ctx.actor.userId])).get(ctx.actor.userId)!
            const allowed = [APP.key, ...channels().map((channel) => channel.key)]
            const chosen = Object.fromEntries((input.kinds ?? []).filter(({ kind }) => kinds().has(kind)).map(({ kind, channels: on }) => [kind, [
              ...new Set(on.filter((key) => allowed.includes(key))),
              // A way that is away for now (no mail server, a stopped plugin) stays chosen.
              ...(before.kinds[kind] ?? []).filter((key) => !allowed.includes(key)),
            ]]))
            const settings: NotificationSettings = {
              kinds: { ...before.kinds, ...chosen }, pace: input.pace ?? before.pace, hour: input.hour ?? before.hour,
              quietFrom: input.quietFrom === undefined ? before.quietFrom : input.quietFrom, quietTo: input.quietTo === undefined ? before.quietTo : input.quietTo,
            }
            checkSettings(settings)
            await saveSettings(db, ctx.actor.userId, settings)
            return shownSettings(ctx.reading, ctx.actor.userId)
          },
        },
        Subscription: {
          unreadNotificationsChanged: {
            // Who is no person has none; his own id wakes him for nobody else's.
            subscribe: (_: unknown, _args: unknown, ctx: RequestContext & Live) => unreadChanges(ctx, { object: NOTIFICATIONS, recordId: ctx.actor.userId ?? ctx.actor.id }),
            resolve: (_event: unknown, _args: unknown, ctx: RequestContext) => countUnread(readingOf(ctx.engine, ctx.caller), kinds()),
          },
        },
      } as unknown as Resolvers,
    },
  })
}

export interface Live { subscribe(interest: LiveInterest, listener: (event: LiveEvent) => void): () => void }
interface SettingsInput { kinds?: { kind: string, channels: string[] }[] | null, pace?: NotificationSettings['pace'] | null, hour?: number | null, quietFrom?: string | null, quietTo?: string | null }

/** Forgets what is older than so many days, in small batches. */
export async function prune(engine: Engine, days: number, signal?: AbortSignal): Promise<void> {
  for (;;) {
    const { numAffectedRows } = await sql`delete from core.notification where id in (select id from core.notification where at < now() - make_interval(days => ${days}) limit 5000)`.execute(engine.db)
    if (!numAffectedRows || signal?.aborted) return
  }
}
