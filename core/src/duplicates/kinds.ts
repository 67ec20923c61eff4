import { textIn, type Locale, type Localized } from '@kartotek/sdk'
import type { Access } from '../access/access.ts'
import type { Model } from '../model/model.ts'

/** How much a match says: critical and strong ask for a decision, medium and weak are a hint. */
export const STRENGTHS = ['weak', 'medium', 'strong', 'critical'] as const
export type Strength = (typeof STRENGTHS)[number]
export const rankOf = (strength: Strength): number => STRENGTHS.indexOf(strength) + 1
export const strengthAt = (rank: number): Strength => STRENGTHS[rank - 1]!

/** Objects of which duplicates are found and merged. */
export const MATCHED = ['client', 'contact'] as const
export type Matched = (typeof MATCHED)[number]
export const isMatched = (object: string): object is Matched => (MATCHED as readonly string[]).includes(object)

interface Kind {
  label: Localized
  strength: Strength
  /** Who may not read all of these (`object.key`) is told nothing of such a match. By object where they differ. */
  reads: Partial<Record<Matched, string[]>>
}

const point: Kind['reads'] = { client: ['contactPoint.key', 'contactPoint.value', 'contactPoint.kind'], contact: ['contactPoint.key', 'contactPoint.value', 'contactPoint.kind'] }

/** By what records are recognised (rule C.14). */
export const KINDS = {
  taxId: { strength: 'critical', reads: { client: ['client.taxId', 'client.branchCode'] }, label: { ru: 'Налоговый номер', uk: 'Податковий номер', fi: 'Y-tunnus', en: 'Tax id' } },
  phone: { strength: 'strong', reads: point, label: { ru: 'Телефон', uk: 'Телефон', fi: 'Puhelin', en: 'Phone' } },
  email: { strength: 'strong', reads: point, label: { ru: 'Эл. почта', uk: 'Ел. пошта', fi: 'Sähköposti', en: 'E-mail' } },
  messenger: { strength: 'strong', reads: point, label: { ru: 'Мессенджер', uk: 'Месенджер', fi: 'Viestin', en: 'Messenger' } },
  registration: { strength: 'strong', reads: { client: ['client.registrationNumber'] }, label: { ru: 'ОГРН / ОГРНИП', uk: 'Реєстраційний номер', fi: 'Rekisterinumero', en: 'Registration number' } },
  account: { strength: 'strong', reads: { client: ['clientBankAccount.account'] }, label: { ru: 'Банковский счёт', uk: 'Банківський рахунок', fi: 'Pankkitili', en: 'Bank account' } },
  site: { strength: 'medium', reads: point, label: { ru: 'Сайт', uk: 'Сайт', fi: 'Verkkosivu', en: 'Site' } },
  name: { strength: 'medium', reads: { client: ['client.name', 'client.legalName', 'client.matchKey'] }, label: { ru: 'Название', uk: 'Назва', fi: 'Nimi', en: 'Name' } },
  similarName: { strength: 'weak', reads: { client: ['client.name', 'client.legalName', 'client.matchKey'] }, label: { ru: 'Похожее название', uk: 'Схожа назва', fi: 'Samankaltainen nimi', en: 'Similar name' } },
  personName: { strength: 'weak', reads: { client: ['client.name', 'client.kind'], contact: ['contact.name', 'contact.lastName', 'clientContact.client'] }, label: { ru: 'Имя', uk: 'Ім’я', fi: 'Henkilön nimi', en: 'Person’s name' } },
  initials: { strength: 'weak', reads: { client: ['client.name', 'client.kind'], contact: ['contact.name', 'contact.lastName', 'clientContact.client'] }, label: { ru: 'Фамилия и инициалы', uk: 'Прізвище та ініціали', fi: 'Sukunimi ja nimikirjaimet', en: 'Last name and initials' } },
} as const satisfies Record<string, Kind>
export type KeyKind = keyof typeof KINDS

export function kindsOf(object: Matched): KeyKind[] {
  return (Object.keys(KINDS) as KeyKind[]).filter((kind) => object in KINDS[kind].reads)
}

/** A kind, as the API tells it. */
export function shownKind(kind: KeyKind, locale: Locale): { key: KeyKind, label: string, strength: string } {
  return { key: kind, label: textIn(KINDS[kind].label, locale), strength: KINDS[kind].strength.toUpperCase() }
}

/** Kinds of matches between records of an object that the actor may be told of. */
export function visibleKinds(model: Model, access: Access, object: Matched): Set<KeyKind> {
  const readable = (path: string): boolean => {
    const [name, key] = path.split('.') as [string, string]
    const of = model.objects.get(name)
    const field = of?.byKey.get(key)
    // Lists can be closed by the reference that makes them.
    const list = name === object ? undefined : model.objects.get(object)?.lists.find((l) => l.part && l.object === name)
    return Boolean(of && field && access.scope(of, 'read') !== 'none' && access.canRead(field) && (!list || access.canList(list)))
  }
  return new Set(kindsOf(object).filter((kind) => (KINDS[kind].reads as Kind['reads'])[object]!.every(readable)))
}

/** What two records have in common. `details` are what the key of each adds (the branch of a tax number). */
export interface Reason { kind: KeyKind, key: string, details: [string | null, string | null] }

export function strengthOf({ kind, details: [one, other] }: Reason): Strength | null {
  // Branches of one company have its tax number, each with its own code.
  if (kind === 'taxId' && one && other && one !== other) return 'medium'
  if (kind === 'email' && one === 'role') return 'weak'
  // Two full names are compared in full, not by their initials.
  if (kind === 'initials' && one === 'full' && other === 'full') return null
  return KINDS[kind].strength
}

/** The strength of all that two records have in common: that of the strongest, and two hints of medium strength are a strong one. */
export function together(reasons: readonly Reason[]): Strength | null {
  const found = reasons.map((reason) => [reason.kind, strengthOf(reason)] as const).filter(([, strength]) => strength !== null)
  if (!found.length) return null
  const best = Math.max(...found.map(([, strength]) => rankOf(strength!)))
  const hints = new Set(found.filter(([, strength]) => strength === 'medium').map(([kind]) => kind))
  return strengthAt(hints.size > 1 ? Math.max(best, rankOf('strong')) : best)
}
