import { sql } from 'kysely'
import { InputError, LOCALES, type Localized } from '@kartotek/sdk'
import { keepConfiguration } from '../changes/configuration.ts'
import type { RequestContext } from '../graphql/context.ts'
import { invalid } from '../model/change.ts'
import type { Engine } from '../records/engine.ts'

/** What personal data are used for, and the words by which people agree to it. */
export interface Purpose { key: string, labels: Localized, needsConsent: boolean, text: string, textVersion: number, archived: boolean }
export interface PurposeInput { key: string, labels: Localized, needsConsent: boolean, text?: string | null, archived?: boolean | null }

const MOST = 50

export async function loadPurposes(db: Engine['db'], only?: string): Promise<Purpose[]> {
  const { rows } = await sql<Purpose>`select p.key, p.labels, p.needs_consent as "needsConsent", t.text, p.text_version as "textVersion", p.archived_at is not null as archived
    from core.consent_purpose p join core.consent_text t on t.purpose = p.key and t.version = p.text_version ${only ? sql`where p.key = ${only}` : sql``} order by p.position, p.key`.execute(db)
  return rows
}

/** The words of a purpose, as they were since then. */
export interface ConsentText { purpose: string, version: number, text: string, since: Date }

export async function loadTexts(db: Engine['db']): Promise<ConsentText[]> {
  return (await sql<ConsentText>`select purpose, version, text, since from core.consent_text`.execute(db)).rows
}

/** Makes or changes a purpose. New words become a new version; those of before stay, for whoever agreed to them. */
export async function savePurpose(ctx: RequestContext, input: PurposeInput): Promise<Purpose> {
  if (!/^[a-z][a-zA-Z0-9_-]{0,39}$/.test(input.key)) throw invalid('key', 'pattern', 'Use 1–40 Latin letters and digits, beginning with a small letter: tier, deliveryDate.')
  const labels = Object.fromEntries(LOCALES.flatMap((locale) => { const label = input.labels[locale]?.trim(); return label ? [[locale, label]] : [] })) as Localized
  if (!Object.keys(labels).length || Object.values(labels).some((label) => label.length > 200)) throw invalid('labels', 'required', 'A purpose needs a name of at most 200 characters.')
  const text = (input.text ?? '').trim()
  if (text.length > 20_000) throw invalid('text', 'maxLength', 'The text may have 20,000 characters.')
  return ctx.engine.db.transaction().execute(async (trx) => {
    await sql`lock table core.consent_purpose in share row exclusive mode`.execute(trx)
    const all = await loadPurposes(trx)
    const before = all.find((purpose) => purpose.key === input.key) ?? null
    if (!before && all.length >= MOST) throw new InputError(`At most ${MOST} purposes.`)
    const version = before ? before.textVersion + (before.text === text ? 0 : 1) : 1
    await sql`insert into core.consent_purpose (key, labels, needs_consent, text_version, position, archived_at) values (${input.key}, ${JSON.stringify(labels)}, ${input.needsConsent}, ${version}, ${all.length}, ${input.archived ? sql`now()` : null})
      on conflict (key) do update set labels = excluded.labels, needs_consent = excluded.needs_consent, text_version = excluded.text_version, archived_at = case when ${input.archived ?? false} then coalesce(core.consent_purpose.archived_at, now()) end`.execute(trx)
    await sql`insert into core.consent_text (purpose, version, text) values (${input.key}, ${version}, ${text}) on conflict do nothing`.execute(trx)
    const [after] = await loadPurposes(trx, input.key) as [Purpose]
    await keepConfiguration(trx, ctx.caller, { subject: 'privacy', id: input.key, name: labels, before: before && { ...before }, after: { ...after } })
    return after
  })
}
