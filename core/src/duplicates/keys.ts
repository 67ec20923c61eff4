import { checkTaxId, companyKey, normaliseEmail, parsePhone, phoneKey } from '../facts/index.ts'
import { MESSENGERS, normaliseContactPoint } from '../clients/contact-points.ts'
import type { KeyKind, Matched } from './kinds.ts'

/** What a record is recognised by, as it is written. */
export interface Facts {
  object: Matched
  /** Of a client: organisation or person. */
  kind?: string | null
  name?: string | null
  legalName?: string | null
  lastName?: string | null
  firstName?: string | null
  middleName?: string | null
  taxId?: { value: string, country?: string | null } | null
  branchCode?: string | null
  registrationNumber?: string | null
  points: { kind: string, value: string }[]
  accounts: string[]
  /** Of a contact: the clients where the person works. */
  clients: string[]
}

export interface MatchKey { kind: KeyKind, key: string, detail: string | null }

/** What counts, as the company set it. */
export interface MatchRules {
  kinds: ReadonlySet<KeyKind>
  ignoreTags: boolean
  /** Keys that are our own or nobody's, as `kind key`. */
  own: ReadonlySet<string>
  country: string
  /** City of short local phones. */
  areaCode?: string | null
  /** Other settings have another one: all records are then compared anew. */
  signature: string
}

/** The keys of a record (rule C.14): equal keys of one kind mean that two records may be the same. */
export function keysOf(facts: Facts, rules: MatchRules): MatchKey[] {
  const keys = new Map<string, MatchKey>()
  const add = (kind: KeyKind, key: string | null | undefined, detail: string | null = null): void => {
    if (!key || key.length > 300 || !rules.kinds.has(kind) || rules.own.has(`${kind} ${key}`) || keys.has(`${kind} ${key}`)) return
    keys.set(`${kind} ${key}`, { kind, key, detail })
  }
  for (const point of facts.points) addPoint(point, rules, add)
  if (facts.object === 'client') {
    addNumbers(facts, rules, add)
    if (facts.kind === 'person') addPerson('', facts, add)
    else for (const name of [facts.name, facts.legalName]) if (name) add('name', nameKey(name))
  } else for (const client of facts.clients) addPerson(`${client} `, facts, add)
  return [...keys.values()]
}

type Add = (kind: KeyKind, key: string | null | undefined, detail?: string | null) => void

function addPoint({ kind, value }: { kind: string, value: string }, rules: MatchRules, add: Add): void {
  if (kind === 'phone') return add('phone', phoneKey(parsePhone(value, rules)))
  if (kind === 'email') {
    const email = normaliseEmail(value)
    return add('email', email.value && emailKey(email.value, rules.ignoreTags), email.role ? 'role' : null)
  }
  if (kind === 'site') return add('site', normaliseContactPoint('site', value, rules).key)
  if (!MESSENGERS.includes(kind)) return
  const handle = normaliseContactPoint(kind, value, rules).key
  add('messenger', handle && `${kind}:${handle}`)
}

/** `+tag` is what somebody added himself; Gmail takes an address with and without dots for the same. */
function emailKey(address: string, ignoreTags: boolean): string {
  if (!ignoreTags) return address
  const at = address.lastIndexOf('@')
  const domain = address.slice(at + 1) === 'googlemail.com' ? 'gmail.com' : address.slice(at + 1)
  const local = address.slice(0, at).replace(/\+.*$/, '')
  return `${domain === 'gmail.com' ? local.replaceAll('.', '') : local}@${domain}`
}

function addNumbers({ taxId, branchCode, registrationNumber, accounts }: Facts, rules: MatchRules, add: Add): void {
  if (taxId?.value) {
    const checked = checkTaxId(taxId.value, taxId.country ?? rules.country)
    const [number, branch] = (checked.key ?? '').split('/') as [string, string?]
    add('taxId', number, checked.country === 'RU' ? branch ?? (branchCode?.replace(/\W/g, '').toUpperCase() || null) : null)
  }
  const registration = registrationNumber?.replace(/\D/g, '')
  if (registration && registration.length >= 6) add('registration', registration)
  for (const account of accounts) {
    const number = account.replace(/[^\p{L}\p{N}]/gu, '').toUpperCase()
    if (number.length >= 8) add('account', number)
  }
}

/** Of one letter or two everything is the same. */
function nameKey(name: string): string | null {
  const key = companyKey(name)
  return key.replaceAll(' ', '').length > 2 ? key : null
}

/** The words of a name, in no order: Иванов Пётр is Петр Иванов. */
export function nameTokens(name: string): string[] {
  return name.normalize('NFKC').toUpperCase().replaceAll('Ё', 'Е').replace(/['’ʼ‘`´]/g, '').split(/[^\p{L}\p{N}]+/u).filter(Boolean).sort()
}

type PersonName = Pick<Facts, 'name' | 'lastName' | 'firstName' | 'middleName'>

/** What a person is recognised by among those of one company, whatever it is. */
export function personKeys(person: PersonName, rules: MatchRules): MatchKey[] {
  const keys: MatchKey[] = []
  addPerson('', person, (kind, key, detail = null) => { if (key && rules.kinds.has(kind)) keys.push({ kind, key, detail }) })
  return keys
}

function addPerson(prefix: string, { name, lastName, firstName, middleName }: PersonName, add: Add): void {
  const full = [lastName, firstName, middleName].filter(Boolean).join(' ') || name || ''
  const tokens = nameTokens(full)
  if (tokens.length < 2) return
  const short = tokens.filter((token) => [...token].length === 1)
  if (!short.length) add('personName', prefix + tokens.join(' '))
  // Which of the words is the last name is known only where it has its field; else each may be.
  const surnames = lastName ? nameTokens(lastName).slice(0, 1) : tokens.filter((token) => [...token].length > 1)
  for (const surname of surnames) {
    const rest = [...tokens]
    rest.splice(rest.indexOf(surname), 1)
    add('initials', `${prefix}${surname} ${rest.map((token) => [...token][0]).sort().join(' ')}`, short.length ? 'initials' : 'full')
  }
}
