import { sql, type Kysely } from 'kysely'
import { normaliseEmail, parsePhone } from '../facts/index.ts'
import { normaliseUrl } from '../facts/url.ts'
import { KINDS, type KeyKind } from './kinds.ts'
import type { MatchRules } from './keys.ts'

/** What counts as a match, and what is done by itself; set by the company. */
export interface DuplicateSettings {
  kinds?: KeyKind[]
  ignoreTags?: boolean
  own?: string[]
  autoMerge?: boolean
}

export const settingsSchema = {
  type: 'object', additionalProperties: false,
  properties: {
    kinds: { type: 'array', uniqueItems: true, items: { enum: Object.keys(KINDS) }, default: Object.keys(KINDS), title: 'What records are compared by' },
    ignoreTags: { type: 'boolean', default: false, title: 'a+tag@x.fi is a@x.fi, and Gmail has no dots' },
    own: { type: 'array', maxItems: 500, items: { type: 'string', maxLength: 200 }, default: [], title: 'Phones, e-mails and sites of our own, which say nothing of a client' },
    autoMerge: { type: 'boolean', default: false, title: 'Merge by itself where all filled fields agree and the owner is the same' },
  },
}

/** The rules as of now: the settings, and the numbers and addresses of those who work here. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- tables come and go with the model
export async function matchRules(db: Kysely<any>, settings: DuplicateSettings, home: { country: string, areaCode?: string | null }): Promise<MatchRules> {
  const { rows } = await sql<{ email: string | null, phone: string | null }>`select u.email, u.phone from core."user" u where u.trashed_at is null and (u.email is not null or u.phone is not null)`.execute(db)
  const own = [...settings.own ?? [], ...rows.flatMap((u) => [u.email ?? '', u.phone ?? ''])].flatMap((value) => {
    const text = value.trim()
    if (!text) return []
    const email = normaliseEmail(text).value
    if (email) return [`email ${email}`]
    const phone = parsePhone(text, home).e164
    const host = phone ? null : normaliseUrl(text).host
    return phone ? [`phone ${phone}`, ...['whatsapp', 'viber', 'telegram'].map((kind) => `messenger ${kind}:${phone}`)] : host ? [`site ${host}`] : []
  })
  const kinds = settings.kinds ?? (Object.keys(KINDS) as KeyKind[])
  const ignoreTags = settings.ignoreTags ?? false
  // Who begins to work here changes nothing for the records that are there.
  return { kinds: new Set(kinds), ignoreTags, own: new Set(own), country: home.country, areaCode: home.areaCode, signature: JSON.stringify([[...kinds].sort(), ignoreTags, settings.own ?? [], home.country, ...(home.areaCode ? [home.areaCode] : [])]) }
}
