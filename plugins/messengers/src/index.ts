import { definePlugin, job, NotAllowedError, NotFoundError, s, type PluginContext } from '@kartotek/sdk'
import { messageChannel, messageSink, type MessageChannel } from '@kartotek/sdk/contracts'
import { channelOf, channelsOf, templatesOf, trouble } from './channels/channels.ts'
import { Facebook, facebookWebhook } from './channels/facebook.ts'
import { challenge } from './channels/meta.ts'
import { Telegram, telegramWebhook, telegramWorker } from './channels/telegram.ts'
import { Viber, viberWebhook } from './channels/viber.ts'
import { viberFileRoute } from './channels/viber-files.ts'
import { Vk, vkWebhook } from './channels/vk.ts'
import { WhatsApp, whatsappWebhook } from './channels/whatsapp.ts'
import { WebChat } from './chat/channel.ts'
import { chatRoutes } from './chat/routes.ts'
import { conversationObject } from './conversations/conversation.object.ts'
import { guardConversationCreate, guardConversationUpdate, guardMessageCreate, guardMessageUpdate } from './conversations/guards.ts'
import { computeMessages, messageObject } from './conversations/message.object.ts'
import { forget, held } from './conversations/personal-data.ts'
import { revise } from './conversations/records.ts'
import { entryFields, follow, followRequests } from './conversations/tell.ts'
import { computeForms, guardForms, webFormObject } from './forms/form.object.ts'
import { formRoutes } from './forms/routes.ts'
import { cleanUp, goOn } from './inbound/clean-up.ts'
import { fetchMedia } from './inbound/media.ts'
import { Sink } from './inbound/queue.ts'
import { takeInbound } from './inbound/take.ts'
import { typeDefs } from './messengers.sdl.ts'
import { migrations } from './migrations.ts'
import { send, sendMessage, type SendInput } from './outgoing/send.ts'
import { isSetUp } from './set-up.ts'
import { settings } from './settings.ts'
import { say } from './messages.ts'

// Each has settings of the plugin in its context, whatever part of them it looks at.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
const CHANNELS: (new (ctx: PluginContext<any>) => MessageChannel)[] = [Telegram, WhatsApp, Facebook, Vk, Viber, WebChat]

/** Messengers, web forms and web chat: what people write becomes a request and a conversation. */
export default definePlugin({
  id: 'messengers',
  version: '1.0.0',
  compat: { sdk: '^0.1' },
  label: { ru: 'Мессенджеры и формы', uk: 'Месенджери та форми', fi: 'Pikaviestimet ja lomakkeet', en: 'Messengers and forms' },
  settings,
  outbound: ['{settings.telegramApiRoot}', '{settings.graphApiRoot}', '{settings.vkApiRoot}', '{settings.viberApiRoot}', 'https://*.fbcdn.net', 'https://*.fbsbx.com', 'https://*.userapi.com', 'https://*.vk.com', 'https://*.vkuserphoto.ru', 'https://*.viber.com'],
  needs: {
    client: ['read'], contact: ['read'], contactPoint: ['read'], order: ['read'], user: ['read'], consent: ['read', 'create'], intakeItem: ['read', 'create'], timelineEntry: ['read', 'create'],
    file: ['read', 'create', 'update', 'delete'],
  },
  objects: [conversationObject, messageObject, webFormObject],
  permissions: {
    'forms.manage': { label: { ru: 'Создавать веб-формы', uk: 'Створювати вебформи', fi: 'Luoda verkkolomakkeita', en: 'Make web forms' } },
  },
  fields: {
    timelineEntry: entryFields,
  },
  compute: { message: { id: 'headings', run: computeMessages }, webForm: { id: 'forms', run: computeForms } },
  guards: {
    'conversation.create': { id: 'begun-by-channels', run: guardConversationCreate },
    'conversation.update': { id: 'told-by-channels', run: guardConversationUpdate },
    'message.create': { id: 'only-to-be-sent', run: guardMessageCreate },
    'webForm.create': { id: 'forms-made', run: guardForms },
    'webForm.update': { id: 'forms-changed', run: guardForms },
    'webForm.delete': { id: 'forms-removed', run: guardForms },
    'message.update': { id: 'kept-as-written', run: guardMessageUpdate },
  },
  tables: { migrations },
  provides: [messageSink.by((ctx) => ctx.get(Sink)), ...CHANNELS.map((Channel) => messageChannel.by((ctx) => ctx.get(Channel)))],
  graphql: {
    typeDefs,
    resolvers: {
      MessengersChannel: trouble,
      Query: {
        messengersChannels: (_, __, ctx) => channelsOf(ctx).map((channel) => ({
          key: channel.key, label: channel.label ?? channel.key, ready: channel.ready !== false, replyHours: channel.replyHours ?? null, canBegin: Boolean(channel.begin),
        })),
        async messengersTemplates(_, { channel: key }: { channel: string }, ctx) {
          if (!ctx.records.may('message', 'create')) throw new NotAllowedError(say(ctx, 'You may not write messages.'), { object: 'message' })
          const channel = channelOf(ctx, key)
          if (!channel) throw new NotFoundError(say(ctx, 'There is no such channel.'), { channel: key })
          return channel.ready === false ? [] : templatesOf(channel, ctx)
        },
      },
      Mutation: {
        messengersSend: (_, { input }: { input: SendInput }, ctx) => send(input, ctx),
        async messengersMarkRead(_, { conversation }: { conversation: string }, ctx) {
          if (!await revise(ctx, 'conversation', conversation, (now) => (now.unread ? { unread: 0, readAt: new Date().toISOString() } : null))) throw new NotFoundError(say(ctx, 'There is no such conversation.'), { id: conversation })
          return true
        },
      },
    },
  },
  on: {
    'message.*': { id: 'follow-messages', run: follow },
    'intakeItem.*': { id: 'follow-requests', run: followRequests },
  },
  jobs: {
    takeInbound: { timeoutSeconds: 600, run: (_: unknown, ctx: PluginContext) => takeInbound(ctx) },
    fetchMedia: job({ input: s.object({ message: s.id() }), concurrency: 2, run: ({ message }, ctx) => fetchMedia(message, ctx) }),
    sendMessage: job({ input: s.object({ message: s.id() }), concurrency: 8, attempts: 2, run: ({ message }, ctx) => sendMessage(message, ctx) }),
  },
  schedules: [{ id: 'clean-up', cron: '17 3 * * *', run: cleanUp }, { id: 'go-on', cron: '*/5 * * * *', run: goOn }],
  workers: [{ id: 'telegram', run: telegramWorker as never }],
  http: [telegramWebhook, whatsappWebhook, facebookWebhook, vkWebhook, viberWebhook, viberFileRoute, challenge('/whatsapp', 'whatsappVerifyToken'), challenge('/facebook', 'facebookVerifyToken'), ...formRoutes, ...chatRoutes] as never,
  personalData: { export: held, forget },
  web: './web/dist/index.js',
  isSetUp: (ctx) => isSetUp(ctx),
})
