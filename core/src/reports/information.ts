import { textIn, type Filter, type Localized } from '@kartotek/sdk'
import { MESSENGERS } from '../clients/contact-points.ts'
import { objectOf, type ObjectModel } from '../model/model.ts'
import { groupName } from '../model/naming.ts'
import { compileFilter } from '../records/filter.ts'
import type { Reading } from '../records/reading.ts'

/**
 * A kind of information that a client may have. Its states are ordinary filters, so that the report, the drill-down and the
 * rights are one mechanism: who may not read what a kind asks does not have the kind.
 */
export interface Information {
  key: string
  label: string
  /** Something is there. */
  given: Filter
  /** Something is there that can be right. */
  valid: Filter
  /** Something that can be right was written since the moment, or was there when somebody said since then that the card is still right. */
  since(moment: string): Filter
}

type Unnamed = Omit<Information, 'label'> & { label: Localized, narrower?: Unnamed }

const points = (kinds: readonly string[], more: Filter = {}): Filter => ({ contactPoints: { some: { kind: { in: kinds }, ...more } } })

/** A way to reach somebody: `right` is what the normal form of a right one has. */
function point(key: string, label: Localized, kinds: readonly string[], right: Filter = { key: { isNull: false } }): Unnamed {
  return { key, label, given: points(kinds), valid: points(kinds, right), since: (moment) => points(kinds, { ...right, updatedAt: { gte: moment } }) }
}

/** A client is reached by his people, too. Who may not know of them is told of what is the client's own. */
function ofPeopleToo(own: Unnamed): Unnamed {
  const either = (filter: Filter): Filter => ({ or: [filter, { contacts: { some: { contact: filter } } }] })
  return { ...own, given: either(own.given), valid: either(own.valid), since: (moment) => either(own.since(moment)), narrower: own }
}

/** Of what nothing can be wrong: the two are one and the same, and are asked once. */
const whatever = (there: Filter): Pick<Information, 'given' | 'valid'> => ({ given: there, valid: there })

const list = (key: string, label: Localized, name: string): Unnamed => ({
  key, label, ...whatever({ [name]: { some: {} } }), since: (moment) => ({ [name]: { some: { updatedAt: { gte: moment } } } }),
})

const BUILT_IN: Unnamed[] = [
  ofPeopleToo(point('phone', { ru: 'Телефон', uk: 'Телефон', fi: 'Puhelin', en: 'Phone' }, ['phone'], { key: { startsWith: '+' } })),
  ofPeopleToo(point('email', { ru: 'Эл. почта', uk: 'Ел. пошта', fi: 'Sähköposti', en: 'E-mail' }, ['email'])),
  point('site', { ru: 'Сайт', uk: 'Сайт', fi: 'Verkkosivu', en: 'Site' }, ['site']),
  ofPeopleToo(point('messenger', { ru: 'Мессенджер', uk: 'Месенджер', fi: 'Pikaviesti', en: 'Messenger' }, MESSENGERS)),
  list('address', { ru: 'Адрес', uk: 'Адреса', fi: 'Osoite', en: 'Address' }, 'addresses'),
  list('bankAccount', { ru: 'Банковский счёт', uk: 'Банківський рахунок', fi: 'Pankkitili', en: 'Bank account' }, 'bankAccounts'),
  list('contact', { ru: 'Контактное лицо', uk: 'Контактна особа', fi: 'Yhteyshenkilö', en: 'Contact' }, 'contacts'),
]
/** Fields of the core that say nothing about how complete a client is. */
const NO_INFORMATION = new Set(['name', 'kind', 'lifecycle', 'matchKey', 'doNotContact', 'erasedAt', 'confirmedOn'])

/** The kinds of which the reader may know, in his language: ways to reach a client, and the fields of his card. */
export function informationFor(reading: Reading): Information[] {
  const { generation: { model }, access, locale } = reading
  const client = objectOf(model, 'client')
  const fields = client.fields.filter((f) => !f.id.startsWith('base:') && !f.hidden && !f.technical && !f.required && f.type !== 'boolean' && !NO_INFORMATION.has(f.key) && access.canRead(f)).map((f): Information => {
    const of = (operators: Filter): Filter => (f.group ? { [groupName(f.group)]: { [f.name]: operators } } : { [f.key]: operators })
    const there = of({ isNull: false })
    // The field has no date of its own: what is known is when the card was changed.
    return { key: f.key, label: textIn(f.label, locale) || f.key, ...whatever(there), since: (moment) => ({ and: [there, { updatedAt: { gte: moment } }] }) }
  })
  const builtIn = BUILT_IN.map((kind) => (kind.narrower && !answers(reading, client, kind) ? kind.narrower : kind)).map(({ narrower: _, ...kind }) => ({ ...kind, label: textIn(kind.label, locale) }))
  const confirmed = client.byKey.get('confirmedOn')
  const sayable = confirmed && !confirmed.hidden && access.canRead(confirmed)
  return [...builtIn, ...fields].filter((kind) => answers(reading, client, kind))
    .map((kind) => (sayable ? { ...kind, since: (moment) => ({ or: [kind.since(moment), { and: [kind.valid, { confirmedOn: { gte: moment.slice(0, 10) } }] }] }) } : kind))
}

/** Whether the reader may ask for the kind: exactly where its filters are filters for him. */
function answers(reading: Reading, client: ObjectModel, kind: Omit<Information, 'label'>): boolean {
  try {
    for (const filter of [kind.given, kind.valid, kind.since('2026-01-01T00:00:00Z')]) compileFilter(reading, client, filter, 'r')
    return true
  } catch {
    return false
  }
}

export type State = 'filled' | 'stale' | 'invalid' | 'empty'
export const STATES: State[] = ['filled', 'stale', 'invalid', 'empty']

/** The clients of which the kind is in the state, as an ordinary filter: what a cell of the report leads to. */
export function filterOf(kind: Information, state: State, freshSince: string | null): Filter {
  const fresh = freshSince ? kind.since(freshSince) : kind.valid
  switch (state) {
    case 'filled': return fresh
    case 'stale': return { and: [kind.valid, { not: fresh }] }
    case 'invalid': return { and: [kind.given, { not: kind.valid }] }
    case 'empty': return { not: kind.given }
  }
}
