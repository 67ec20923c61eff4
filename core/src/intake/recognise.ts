import { sql, type RawBuilder } from 'kysely'
import { accessPredicate } from '../access/predicate.ts'
import { findMatches, MOST_HOLDERS } from '../duplicates/find.ts'
import { keysOf, nameTokens, personKeys, type MatchRules } from '../duplicates/keys.ts'
import { strengthOf, type KeyKind } from '../duplicates/kinds.ts'
import { checkTaxId, companyKey } from '../facts/index.ts'
import { columnOf, objectOf } from '../model/model.ts'
import type { Engine } from '../records/engine.ts'
import type { Reading } from '../records/reading.ts'
import { searchCondition } from '../records/search.ts'

/** By what somebody was recognised. The first three, and a messenger, are enough to say that it is he. */
export type ReasonCode = 'taxId' | 'phone' | 'email' | 'messenger' | 'branch' | 'site' | 'company' | 'roleEmail' | 'similarCompany' | 'person'
export interface Reason { code: ReasonCode, value: string }

/** A client, or a person of no client, who may have sent the item. */
export interface Candidate {
  client: string | null
  contact: string | null
  reasons: Reason[]
  /** Strong enough to say that it is he. */
  strong: boolean
  /** His newest open order. */
  order: string | null
  orderOwner: string | null
  owner: string | null
  contactOwner: string | null
}

/** What an item tells about its sender. */
export interface Sender {
  person?: string | null
  company?: string | null
  taxId?: string | null
  points: readonly { kind: string, value: string, key: string | null }[]
}

/** How much a reason counts (rule C.14); from 10 on it is sure. */
const SCORE: Record<ReasonCode, number> = { taxId: 100, phone: 10, email: 10, messenger: 10, branch: 5, site: 3, company: 5, roleEmail: 2, similarCompany: 1, person: 1 }
/** What each is among the kinds by which records are compared. */
const KIND_OF: Record<ReasonCode, KeyKind> = { taxId: 'taxId', branch: 'taxId', phone: 'phone', email: 'email', roleEmail: 'email', messenger: 'messenger', site: 'site', company: 'name', similarCompany: 'similarName', person: 'personName' }
const MOST = 50

interface Hit { client: string | null, contact: string | null, code: ReasonCode, value: string }

/** A client or contact who has a number or address. */
export interface PointHolder { client: string | null, contact: string | null, kind: string, key: string }

/**
 * Who it may be, the likeliest first, among those whom the reader sees: by the keys that recognise somebody (rule C.14), as they are set for duplicates.
 * What he may not read he is not told by.
 */
export async function recognise(engine: Pick<Engine, 'matchRules'>, reading: Reading, sender: Sender): Promise<Candidate[]> {
  const rules = await engine.matchRules(reading.db)
  const found = [...await byPoints(reading, rules, sender), ...await byTaxId(reading, sender.taxId), ...await byCompany(reading, rules, sender), ...await byPerson(reading, rules, sender)]
  const hits = found.filter(({ code }) => rules.kinds.has(KIND_OF[code]))
  const grouped = Map.groupBy(hits, (hit) => hit.client ?? hit.contact!)
  const candidates = [...grouped.values()].map((group): Candidate => {
    const reasons = [...new Map(group.map(({ code, value }) => [`${code} ${value}`, { code, value }])).values()].sort((a, b) => SCORE[b.code] - SCORE[a.code])
    return { client: group[0]!.client, contact: group.find((hit) => hit.contact)?.contact ?? null, reasons, strong: reasons.some(({ code }) => SCORE[code] >= 10), order: null, orderOwner: null, owner: null, contactOwner: null }
  })
  const score = ({ reasons }: Candidate): number => reasons.reduce((sum, { code }) => sum + SCORE[code], 0)
  const best = candidates.sort((a, b) => score(b) - score(a)).slice(0, 10)
  await withOrders(reading, best)
  // Among equals the one with whom business is going on.
  return best.sort((a, b) => score(b) - score(a) || Number(b.order !== null) - Number(a.order !== null))
}

/** The one of whom it is sure that it is he; null where there is none, or another is as likely. */
export function sureOf(candidates: readonly Candidate[]): Candidate | null {
  const strong = candidates.filter((candidate) => candidate.strong)
  if (strong.length <= 1) return strong[0] ?? null
  const critical = strong.filter(({ reasons }) => reasons[0]!.code === 'taxId')
  if (critical.length === 1) return critical[0]!
  const withOrder = strong.filter(({ order }) => order)
  return withOrder.length === 1 ? withOrder[0]! : null
}

const seen = (reading: Reading, object: string, alias: string): RawBuilder<boolean> =>
  accessPredicate(reading.generation.model, reading.access, objectOf(reading.generation.model, object), 'read', alias) ?? sql<boolean>`true`

function mayRead(reading: Reading, object: string, ...keys: string[]): boolean {
  const model = objectOf(reading.generation.model, object)
  return reading.access.scope(model, 'read') !== 'none' && keys.every((key) => reading.access.canRead(model.byKey.get(key)!))
}

/**
 * By the keys of duplicates, where they are written already, and by the points themselves, which are there at once. What
 * more than a few have says nothing of any of them, nor what is our own.
 */
async function byPoints(reading: Reading, rules: MatchRules, { points }: Sender): Promise<(Hit & PointHolder)[]> {
  const wanted = points.flatMap(({ kind, value, key }) => keysOf({ object: 'contact', points: key ? [{ kind, value }] : [], accounts: [], clients: [] }, rules)
    .map((match) => ({ kind, key: key!, match_kind: match.kind, match_key: match.key, code: (match.detail === 'role' ? 'roleEmail' : match.kind) as ReasonCode })))
  if (!wanted.length || !mayRead(reading, 'contactPoint', 'kind', 'key')) return []
  const clients = mayRead(reading, 'client')
  const contacts = mayRead(reading, 'contact')
  const links = contacts && mayRead(reading, 'clientContact', 'contact', 'client')
  const { rows } = await sql<{ client: string | null, contact: string | null, kind: string, key: string }>`
    with wanted as (select * from jsonb_to_recordset(${JSON.stringify(wanted)}::jsonb) as w (kind text, key text, match_kind text, match_key text)),
      holders as materialized (select w.kind, w.key, c.id as client_id, k.id as contact_id, count(*) over (partition by w.kind, w.key, c.id is null) as n
        from (select distinct kind, key, match_kind, match_key from wanted) w cross join lateral (
          (select p.client_id, p.contact_id from core.contact_point p where p.kind = w.kind and p.key = w.key limit ${sql.lit(10 * MOST)})
          union (select case m.object when 'client' then m.record_id end, case m.object when 'contact' then m.record_id end from core.match_key m
            where m.object in ('client', 'contact') and m.kind = w.match_kind and m.key = w.match_key limit ${sql.lit(10 * MOST)})) h
        left join core.client c on c.id = h.client_id and c.trashed_at is null left join core.contact k on k.id = h.contact_id and k.trashed_at is null
        where c.id is not null or k.id is not null),
      found as (select * from holders where n <= ${sql.lit(MOST_HOLDERS)})
    select c.id as client, null as contact, f.kind, f.key from found f join core.client c on c.id = f.client_id and ${clients ? seen(reading, 'client', 'c') : sql`false`}
    union all
    select c.id, k.id, f.kind, f.key from found f join core.contact k on k.id = f.contact_id and ${contacts ? seen(reading, 'contact', 'k') : sql`false`}
      left join (core.client_contact l join core.client c on c.id = l.client_id and c.trashed_at is null and ${clients && links ? seen(reading, 'client', 'c') : sql`false`}) on l.contact_id = k.id
    limit ${sql.lit(10 * MOST)}`.execute(reading.db)
  return rows.map(({ client, contact, kind, key }) => ({ client, contact, kind, key, code: wanted.find((w) => w.kind === kind && w.key === key)!.code, value: key }))
}

/** Who has one of these numbers and addresses, as far as it tells something of him. */
export async function holdersOf(engine: Pick<Engine, 'matchRules'>, reading: Reading, points: Sender['points']): Promise<PointHolder[]> {
  const rules = await engine.matchRules(reading.db)
  return (await byPoints(reading, rules, { points })).filter(({ code }) => rules.kinds.has(KIND_OF[code]))
}

async function byTaxId(reading: Reading, text: string | null | undefined): Promise<Hit[]> {
  if (!text?.trim() || !mayRead(reading, 'client', 'taxId')) return []
  const checked = checkTaxId(text, reading.generation.company.country)
  if (!checked.valid) return []
  const country = sql.ref(`c.${columnOf(objectOf(reading.generation.model, 'client').byKey.get('taxId')!, 'country')}`)
  // A Russian number may have that of the branch behind it: the number alone is the whole company, another branch is another client.
  const [number, branch] = checked.value.split('/') as [string, string?]
  const { rows } = await sql<{ id: string, tax_id: string }>`select c.id, c.tax_id from core.client c where c.trashed_at is null and ${seen(reading, 'client', 'c')}
    and (c.tax_id = ${checked.value} or c.tax_id = ${number} ${checked.country === 'RU' ? sql`or c.tax_id like ${`${number}/%`}` : sql``})
    and (${country} is null or ${country} = ${checked.country}) limit ${sql.lit(MOST)}`.execute(reading.db)
  return rows.map(({ id, tax_id: theirs }) => {
    const other = theirs.split('/')[1]
    return { client: id, contact: null, code: branch && other && branch !== other ? 'branch' : 'taxId', value: theirs }
  })
}

/** By the name of the company, also the one in its papers; one that is only like it is a hint and no more. */
async function byCompany(reading: Reading, rules: MatchRules, { company }: Sender): Promise<Hit[]> {
  const key = company ? companyKey(company) : ''
  if (!key || !mayRead(reading, 'client', 'name', 'legalName', 'matchKey')) return []
  const keys = keysOf({ object: 'client', name: company, points: [], accounts: [], clients: [] }, rules).filter(({ kind }) => kind === 'name')
  const matches = [...(await findMatches(reading.db, 'client', [{ ref: '', id: null, keys }], rules.kinds.has('similarName'))).get('') ?? []]
    .map(([id, reasons]) => ({ id, code: reasons.some(({ kind }) => kind === 'name') ? 'company' : 'similarCompany', value: reasons[0]!.key }))
  // The key in the record itself is there at once, those of duplicates come a moment later.
  const { rows } = await sql<{ id: string, code: ReasonCode, value: string }>`with found as (select * from jsonb_to_recordset(${JSON.stringify(matches)}::jsonb) as f (id uuid, code text, value text)),
      named as (select id, 'company' as code, ${key} as value from core.client where match_key = ${key} and trashed_at is null limit ${sql.lit(MOST)})
    select c.id, f.code, f.value from (select * from named where (select count(*) from named) <= ${sql.lit(MOST_HOLDERS)} union select * from found) f
    join core.client c on c.id = f.id and c.trashed_at is null and ${seen(reading, 'client', 'c')}`.execute(reading.db)
  return rows.map(({ id, code, value }): Hit => ({ client: id, contact: null, code, value }))
}

/** By the name of the person, in whatever order and case its words are (rule C.14); by initials only within a company that is known by its name. */
async function byPerson(reading: Reading, rules: MatchRules, { person, company }: Sender): Promise<Hit[]> {
  const theirs = personKeys({ name: person }, rules)
  if (!theirs.length || !mayRead(reading, 'contact', 'name', 'lastName', 'firstName', 'middleName') || !mayRead(reading, 'client') || !mayRead(reading, 'clientContact', 'contact', 'client')) return []
  const tokens = nameTokens(person!)
  const long = tokens.filter((token) => [...token].length > 1)
  const key = company && mayRead(reading, 'client', 'matchKey') ? companyKey(company) : ''
  const byWords = long.length === tokens.length ? searchCondition(reading, objectOf(reading.generation.model, 'contact'), long.join(' ').slice(0, 200), 'k') : sql<boolean>`false`
  const people = (condition: RawBuilder<boolean>): RawBuilder<unknown> => sql`(select c.id as client, k.id as contact, k.name, k.last_name as "lastName", k.first_name as "firstName", k.middle_name as "middleName"
    from core.contact k join core.client_contact l on l.contact_id = k.id join core.client c on c.id = l.client_id and c.trashed_at is null and ${seen(reading, 'client', 'c')}
    where k.trashed_at is null and ${condition} and ${seen(reading, 'contact', 'k')} limit ${sql.lit(10 * MOST)})`
  const { rows } = await sql<{ client: string, contact: string, name: string | null, lastName: string | null, firstName: string | null, middleName: string | null }>`
    ${people(byWords)} union ${people(key ? sql<boolean>`c.match_key = ${key}` : sql<boolean>`false`)}`.execute(reading.db)
  return rows.filter((row) => personKeys(row, rules).some((one) => theirs.some((other) => one.kind === other.kind && one.key === other.key && strengthOf({ kind: one.kind, key: one.key, details: [one.detail, other.detail] }))))
    .slice(0, MOST).map(({ client, contact }): Hit => ({ client, contact, code: 'person', value: tokens.join(' ') }))
}

/** The owners and the newest open order of each, as far as the reader sees them. */
async function withOrders(reading: Reading, candidates: Candidate[]): Promise<void> {
  const ids = candidates.flatMap(({ client }) => client ?? [])
  const people = candidates.flatMap(({ contact }) => contact ?? [])
  const open = [...reading.generation.stages.values()].filter((stage) => stage.kind === 'open').map((stage) => stage.id)
  const orders = ids.length && mayRead(reading, 'order', 'client', 'stage')
    ? (await sql<{ client: string, id: string, owner: string | null }>`select distinct on (o.client_id) o.client_id as client, o.id, o.owner_id as owner from core."order" o
        where o.client_id = any(${ids}::uuid[]) and o.stage_id = any(${open}::uuid[]) and o.trashed_at is null and o.archived_at is null and ${seen(reading, 'order', 'o')}
        order by o.client_id, o.created_at desc, o.id desc`.execute(reading.db)).rows
    : []
  const { rows } = await sql<{ id: string, owner: string | null }>`select id, owner_id as owner from core.client where id = any(${ids}::uuid[])
    union all select id, owner_id from core.contact where id = any(${people}::uuid[])`.execute(reading.db)
  const owners = new Map(rows.map(({ id, owner }) => [id, owner]))
  for (const candidate of candidates) {
    const order = orders.find((one) => one.client === candidate.client)
    Object.assign(candidate, {
      order: order?.id ?? null, orderOwner: order?.owner ?? null, owner: owners.get(candidate.client ?? '') ?? null, contactOwner: owners.get(candidate.contact ?? '') ?? null,
    })
  }
}
