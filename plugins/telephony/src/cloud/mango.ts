import { createHash } from 'node:crypto'
import { InputError } from '@kartotek/sdk'
import type { CallState } from '@kartotek/sdk/contracts'
import { below, fromUnix, sameText, type CloudAdapter, type Told } from './adapter.ts'

interface Side { number?: string, extension?: string, line_number?: string }

/** What the form says in `json`, flat: `to.extension`. */
function flat(value: unknown, prefix = ''): Told {
  return Object.fromEntries(Object.entries(value as object).flatMap(([key, part]: [string, unknown]) => (typeof part === 'object' && part !== null ? Object.entries(flat(part, `${prefix}${key}.`)) : [[prefix + key, String(part)]])))
}

/**
 * Several calls of Mango's, one to each telephone, are one `entry_id`: what happens to one caller. A recording is asked for as «API
 * Виртуальной АТС» says (`queries/recording/post`): the answer leads to files.mango-office.ru, once. Not tried with an account.
 */
export const mango: CloudAdapter = {
  key: 'mango',
  path: '/mango/events/:kind',
  read({ body }) {
    try {
      return flat(JSON.parse(new URLSearchParams(body.toString('utf8')).get('json') ?? ''))
    } catch {
      throw new InputError('The field json is not JSON.')
    }
  },
  // Over the exact text of `json`.
  verify({ body }, { mangoKey, mangoSalt }) {
    const form = new URLSearchParams(body.toString('utf8'))
    const [key, sign, json] = ['vpbx_api_key', 'sign', 'json'].map((name) => form.get(name) ?? '')
    return Boolean(mangoKey && mangoSalt) && sameText(key!, mangoKey!) && sameText(sign!, signatureOf(mangoKey!, json!, mangoSalt!))
  },
  calls(event, { kind }) {
    const externalId = event.entry_id
    if (!externalId) return []
    const side = (name: 'from' | 'to'): Side => ({ number: event[`${name}.number`], extension: event[`${name}.extension`], line_number: event[`${name}.line_number`] })
    const [from, to] = [side('from'), side('to')]
    if (kind === 'call') return whileItGoes(event, externalId, from, to)
    if (kind === 'summary') return whole(event, externalId, from, to)
    if (kind === 'recording' && event.recording_id && event.recording_state !== 'Started') return [{ externalId, direction: 'in', number: null, startedAt: fromUnix(event.timestamp) ?? event.$at!, recording: event.recording_id, sequence: 0 }]
    return []
  },
  playsWith: ({ mangoKey, mangoSalt }) => Boolean(mangoKey && mangoSalt),
  recordingId: /^[\w+/=.:-]{1,500}$/,
  sound(id, { mangoApiRoot, mangoKey, mangoSalt }) {
    const json = JSON.stringify({ recording_id: id, action: 'play' })
    const form = new URLSearchParams({ vpbx_api_key: mangoKey!, sign: signatureOf(mangoKey!, json, mangoSalt!), json })
    return { url: below(mangoApiRoot, '/queries/recording/post'), method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: form.toString() }
  },
}

/** One leg is over is no news of the call: others may ring. The summary ends it. */
function whileItGoes(event: Told, externalId: string, from: Side, to: Side): CallState[] {
  const at = fromUnix(event.timestamp) ?? event.$at!
  const out = Boolean(from.extension) && !to.extension
  const extension = (out ? from.extension : to.extension) ?? null
  const common = { externalId, direction: out ? 'out' as const : 'in' as const, number: (out ? to.number : from.number) ?? null, line: (out ? from.line_number : to.line_number) ?? event.line_number ?? null, startedAt: at, sequence: Number(event.seq ?? 1) }
  if (event.call_state === 'Appeared') return [{ ...common, extension, ...extension && !out ? { ringing: [extension] } : {} }]
  if (event.call_state === 'Connected') return [{ ...common, ...extension ? { extension, answeredAt: at } : {} }]
  return []
}

const SUMMARY = 1_000_000

function whole(event: Told, externalId: string, from: Side, to: Side): CallState[] {
  const out = event.call_direction === '2' || (event.call_direction === undefined && Boolean(from.extension))
  const startedAt = fromUnix(event.create_time) ?? event.$at!
  const answered = event.entry_result === '1'
  return [{
    externalId, direction: out ? 'out' : 'in', number: (out ? to.number : from.number) ?? null, line: event.line_number ?? null, extension: (out ? from.extension : to.extension) ?? null,
    startedAt, answeredAt: answered ? fromUnix(event.talk_time) ?? startedAt : null, endedAt: fromUnix(event.end_time) ?? event.$at!, result: answered ? 'answered' : 'missed', sequence: SUMMARY,
  }]
}

export const signatureOf = (key: string, json: string, salt: string): string => createHash('sha256').update(key + json + salt).digest('hex')
