import { definePlugin, type PluginDefinition } from '@kartotek/sdk'
import { callSink, telephonyProvider } from '@kartotek/sdk/contracts'
import { Asterisk } from './asterisk/provider.ts'
import { listen } from './asterisk/worker.ts'
import { callObject, callOfEntry as callOfEntryField, callRingObject, copiedOfCall, extensionField, missedCallOfTask, numberOfTask } from './call/call.object.ts'
import { guardBrought, guardChanged, guardDone } from './call/guards.ts'
import { incomingResolvers, incomingTypes, ringsSchema } from './call/incoming.ts'
import { settle } from './call/settle.ts'
import { Sink } from './call/sink.ts'
import { callListItemObject, callListObject } from './lists/call-list.objects.ts'
import { fillList, listResult, listTypes, nextClient, progress } from './lists/call-lists.ts'
import { closeMissed, escalate, followRequests, missedTypes, taskDone } from './missed/missed.ts'
import { missedCallObject } from './missed/missed-call.object.ts'
import { hookOf } from './cloud/adapter.ts'
import { binotel } from './cloud/binotel.ts'
import { CloudExchange } from './cloud/exchange.ts'
import { mango } from './cloud/mango.ts'
import { twilio } from './cloud/twilio.ts'
import { zadarma } from './cloud/zadarma.ts'
import { outageMigrations, outages, outageTypes } from './outages.ts'
import { hangUp, me, placeCall, placeTypes } from './place/place.ts'
import { callOfEntry, entryTypes, playRecording } from './place/recordings.ts'
import { isSetUp } from './set-up.ts'
import { settings, type Ctx, type TelephonySettings } from './settings.ts'

const CLOUDS = [twilio, zadarma, binotel, mango]

/** Calls on the cards, who calls is known before the phone is lifted, missed calls are called back. */
const telephony: PluginDefinition = definePlugin<TelephonySettings>({
  id: 'telephony',
  version: '1.0.0',
  compat: { sdk: '^0.1' },
  label: { ru: 'Телефония', uk: 'Телефонія', fi: 'Puhelut', en: 'Telephony' },
  settings,
  web: './web/dist/index.js',
  isSetUp: (ctx) => isSetUp(ctx),
  needs: {
    client: ['read'], contact: ['read'], contactPoint: ['read'], order: ['read'], user: ['read'],
    timelineEntry: ['read', 'create', 'update'], task: ['read', 'create', 'update'], intakeItem: ['read', 'create'], consent: ['read'],
  },
  objects: [missedCallObject, callObject, callRingObject, callListObject, callListItemObject],
  fields: { user: [extensionField], timelineEntry: [callOfEntryField, ...copiedOfCall], task: [missedCallOfTask, numberOfTask] },
  emits: { rings: { label: { ru: 'Звонит телефон', uk: 'Дзвонить телефон', fi: 'Puhelin soi', en: 'A telephone rings' }, data: ringsSchema } },
  notificationKinds: [{ key: 'telephony-overdue', icon: 'phone-missed', mail: true, label: { ru: 'Не перезвонили вовремя', uk: 'Не передзвонили вчасно', fi: 'Ei soitettu takaisin ajoissa', en: 'Not called back in time' } }],
  provides: [callSink.by((ctx) => new Sink(ctx as unknown as Ctx)), telephonyProvider.by((ctx) => new Asterisk(ctx as unknown as Ctx)), ...CLOUDS.map((adapter) => telephonyProvider.by((ctx) => new CloudExchange(adapter, ctx as unknown as Ctx)))],
  permissions: {
    'call.place': { label: { ru: 'Звонить из программы', uk: 'Дзвонити з програми', fi: 'Soittaminen ohjelmasta', en: 'Place calls' } },
    'recording.listen': { sensitive: true, label: { ru: 'Слушать записи разговоров', uk: 'Слухати записи розмов', fi: 'Nauhoitusten kuuntelu', en: 'Listen to recordings' } },
    'log.read': { label: { ru: 'Видеть перерывы связи с АТС', uk: 'Бачити перерви зв’язку з АТС', fi: 'Yhteyskatkojen näkeminen', en: 'See when the exchange was away' } },
  },
  // The manager interface of Asterisk is called by a socket of its own; the address is said here all the same. Recordings of services are
  // fetched from where these keep them, which their interfaces tell.
  outbound: [
    '{settings.asteriskUrl}', '{settings.twilioApiRoot}', '{settings.zadarmaApiRoot}', '{settings.binotelApiRoot}', '{settings.mangoApiRoot}',
    'https://*.twilio.com', 'https://*.zadarma.com', 'https://*.binotel.com', 'https://*.binotel.ua', 'https://*.mango-office.ru', 'https://*.amazonaws.com',
  ],
  tables: { migrations: outageMigrations },
  workers: [{ id: 'asterisk', run: (ctx) => listen(ctx) }],
  http: [
    { method: 'GET', path: '/recordings/:call', run: playRecording },
    // Zadarma asks once whether the address is ours.
    { method: 'GET', path: '/zadarma', access: 'public', run: ({ query }) => ({ headers: { 'content-type': 'text/plain; charset=utf-8' }, body: /^[\w-]{1,200}$/.test(query.zd_echo ?? '') ? query.zd_echo : '' }) },
    ...CLOUDS.map(hookOf),
  ],
  guards: {
    'call.create': { id: 'brought', run: guardBrought }, 'call.update': { id: 'told', run: guardChanged },
    'missedCall.create': { id: 'missed-brought', run: guardBrought }, 'missedCall.update': { id: 'missed-told', run: guardChanged },
    'task.update': { id: 'said-why', run: guardDone },
  },
  on: {
    'call.*': { id: 'settle', run: async (events, ctx) => { for (const id of new Set(events.filter((event) => event.name !== 'call.trashed').map((event) => event.recordId))) await settle(ctx, id) } },
    'task.updated': { id: 'task-done', run: (events, ctx) => taskDone(ctx, [...new Set(events.filter((event) => event.changed.includes('state')).map((event) => event.recordId))]) },
    'intakeItem.updated': { id: 'request-settled', run: (events, ctx) => followRequests(ctx, [...new Set(events.filter((event) => ['state', 'client', 'contact', 'order', 'owner'].some((key) => event.changed.includes(key))).map((event) => event.recordId))]) },
  },
  schedules: [{ id: 'overdue', cron: '* * * * *', run: (ctx) => escalate(ctx) }],
  graphql: {
    typeDefs: [incomingTypes, placeTypes, outageTypes, missedTypes, listTypes, entryTypes].join('\n'),
    resolvers: {
      ...incomingResolvers,
      Query: { ...incomingResolvers.Query, telephonyMe: (_, __, ctx) => me(ctx), telephonyOutages: (_, __, ctx) => outages(ctx), telephonyEntryCall: (_, args: { entry: string }, ctx) => callOfEntry(ctx, args), telephonyListProgress: (_, args: { list: string }, ctx) => progress(ctx, args) },
      Mutation: {
        telephonyPlaceCall: (_, args: Parameters<typeof placeCall>[1], ctx) => placeCall(ctx, args),
        telephonyCloseMissed: (_, { missedCall, note }: { missedCall: string, note: string }, ctx) => closeMissed(ctx, missedCall, note),
        telephonyFillList: (_, args: Parameters<typeof fillList>[1], ctx) => fillList(ctx, args),
        telephonyNextClient: (_, args: { list: string }, ctx) => nextClient(ctx, args),
        telephonyListResult: (_, args: Parameters<typeof listResult>[1], ctx) => listResult(ctx, args),
        telephonyHangUp: (_, { call }: { call: string }, ctx) => hangUp(ctx, call),
      },
    },
  },
})
export default telephony
