import type { AccountingExchange, ExchangeLine, ExchangePart, ExchangeRun, ExchangeState } from '@kartotek/sdk/contracts'
import { answerOf, LOCALIZED, MOMENT, MOMENT_OR_NULL, TEXT, TEXT_OR_NULL, WORDS } from '../plugins/answers.ts'

/** What an exchange says of itself. */
export type Facts = Pick<AccountingExchange, 'key' | 'label' | 'ready' | 'objects'> & { sends: boolean }

const facts = answerOf<Omit<Facts, 'sends'>>('exchange', {
  type: 'object', required: ['key', 'label', 'ready', 'objects'],
  properties: { key: { type: 'string', pattern: '^[a-z][a-z0-9-]{0,39}$' }, label: LOCALIZED, ready: { type: 'boolean' }, objects: { type: 'array', items: TEXT } },
})

/** @throws TypeError where it is no exchange */
export function factsOf({ key, label, ready, objects, send }: AccountingExchange): Facts {
  return { ...facts({ key, label, ready, objects }), sends: typeof send === 'function' }
}

export const statesOf = answerOf<ExchangeState[]>('list of states', {
  type: 'array', maxItems: 200,
  items: {
    type: 'object', required: ['record', 'externalId', 'sentAt', 'problems'],
    properties: {
      record: TEXT, externalId: TEXT_OR_NULL, number: TEXT_OR_NULL, sentAt: MOMENT_OR_NULL, receivedAt: MOMENT_OR_NULL, waitsFor: WORDS,
      problems: {
        type: 'array',
        items: { type: 'object', required: ['kind', 'text'], properties: { kind: { enum: ['conflict', 'refused'] }, field: TEXT_OR_NULL, text: WORDS, ours: TEXT_OR_NULL, theirs: TEXT_OR_NULL } },
      },
    },
  },
})

export const OUTCOMES = ['sent', 'matched', 'created', 'changed', 'conflict', 'refused'] as const

const part = (items: object): object => ({
  type: 'object', required: ['items', 'next'],
  properties: { items: { type: 'array', maxItems: 100, items }, next: { type: ['string', 'null'], maxLength: 200 } },
})

export const runsOf = answerOf<ExchangePart<ExchangeRun>>('list of runs', part({
  type: 'object', required: ['id', 'startedAt', 'finishedAt', 'counts'],
  properties: {
    id: { type: 'string', minLength: 1, maxLength: 100 }, startedAt: MOMENT, finishedAt: MOMENT_OR_NULL, failure: WORDS,
    counts: { type: 'object', properties: Object.fromEntries(OUTCOMES.map((outcome) => [outcome, { type: 'integer', minimum: 0, maximum: 2 ** 31 - 1 }])) },
  },
}))

export const linesOf = answerOf<ExchangePart<ExchangeLine>>('list of lines', part({
  type: 'object', required: ['outcome', 'record', 'name'],
  properties: {
    outcome: { enum: OUTCOMES }, name: TEXT, text: WORDS, fields: { type: 'array', items: TEXT },
    record: { anyOf: [{ type: 'null' }, { type: 'object', required: ['object', 'id'], properties: { object: TEXT, id: TEXT } }] },
  },
}))
