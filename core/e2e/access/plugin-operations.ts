import type { Operations } from './operations.ts'

/** What the bundled plugins add to the API, telephony and messengers. Without a line here, an operation of theirs fails the test. */
export const BUNDLED: Operations = {
  objects: {
    call: { plural: 'calls', target: 'note' }, callRing: { plural: 'callRings', part: true }, missedCall: { plural: 'missedCalls', target: 'note' },
    callList: { plural: 'callLists', target: 'name' }, callListItem: { plural: 'callListItems', target: 'note' },
    conversation: { plural: 'conversations', target: 'name' }, message: { plural: 'messages', target: 'text' }, webForm: { plural: 'webForms', target: 'name' },
  },
  queries: {
    telephonyMe: { over: 'once', args: '' },
    telephonyOutages: { over: 'once', args: '' },
    telephonyEntryCall: { over: 'records', of: 'timelineEntry', args: '(entry: "$id")' },
    telephonyListProgress: { over: 'records', of: 'callList', args: '(list: "$id")' },
    telephonyCurrentCalls: { over: 'once', args: '' },
    messengersChannels: { over: 'once', args: '' },
    messengersTemplates: { over: 'once', args: '(channel: "telegram")' },
  },
  mutations: {
    telephonyPlaceCall: { needs: 'telephony.call.place', args: () => '(number: "+358 40 111 2222")' },
    telephonyCloseMissed: { records: true, args: (s) => `(missedCall: "${s.record('missedCall')}", note: "attack")` },
    telephonyFillList: { records: true, args: (s) => `(list: "${s.record('callList')}", segment: "${s.saved('segment')}")` },
    telephonyNextClient: { records: true, args: (s) => `(list: "${s.record('callList')}")` },
    telephonyListResult: { records: true, args: (s) => `(item: "${s.record('callListItem')}", result: "reached", note: "attack")` },
    telephonyHangUp: { records: true, args: (s) => `(call: "${s.record('call')}")` },
    messengersSend: { records: true, args: (s) => `(input: { conversation: "${s.record('conversation')}", text: "attack", key: "attack-attack" })` },
    messengersMarkRead: { records: true, args: (s) => `(conversation: "${s.record('conversation')}")` },
  },
  subscriptions: ['telephonyIncomingCall'],
}

/** Queries of the core that tell of any record: asked of those of the plugins, too. */
export const ABOUT_RECORDS = ['timeline', 'changeSets', 'changeSet', 'fieldHistory', 'explainAccess', 'shares', 'contactPermissions', 'erasurePlan', 'stageApproval']
