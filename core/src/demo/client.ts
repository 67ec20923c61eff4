import type { Making } from './company.ts'
import { dayTime } from './calendar.ts'
import { ordersOf } from './order.ts'
import type { DemoOrder } from './order.ts'
import { Random } from './random.ts'
import { requisites } from './requisites.ts'
import type { Requisites } from './requisites.ts'
import type { City, PersonName } from './words/pack.ts'

export interface DemoAddress { postcode: string, country: string, region: string, city: string, street: string, house: string }

export interface DemoContact {
  name: string
  position: string
  phone: string
  email: string
}

export interface DemoClient {
  index: number
  kind: 'organisation' | 'person'
  name: string
  legalName: string | null
  lifecycle: 'potential' | 'active' | 'inactive'
  requisites: Requisites | null
  industry: { key: string, label: string } | null
  source: { key: string, label: string }
  /** Number of the sales territory, 1… */
  territory: number
  /** Index of the user who is responsible. */
  owner: number
  team: number | null
  tags: string[]
  /** When the client was entered. */
  enteredAt: Date
  phones: string[]
  emails: string[]
  site: string | null
  address: DemoAddress
  contacts: DemoContact[]
  orders: DemoOrder[]
}

const DOMAINS = ['example.com', 'example.org', 'example.net']

/**
 * One client with all that belongs to it. Depends on nothing but the options and its index.
 * @param salt another number makes another client of the same index
 */
export function clientAt(making: Making, index: number, salt = 0): DemoClient {
  const { pack } = making
  const random = new Random(making.seed, pack.locale, 'client', index, salt)
  const organisation = !random.chance(0.18)
  const city = random.weighted(pack.cities, (one) => one.weight)
  const person = pack.person(random)
  const form = organisation ? random.weighted(pack.forms, (one) => one.weight) : null
  const industry = organisation ? random.weighted(pack.industries, (one) => one.weight) : null
  const name = !organisation ? pack.fullName(person)
    : form!.sole ? pack.soleName(person, random) : industry!.name(random, city, person)
  const enteredAt = dayTime(making, random, making.since + (making.now - making.since) * entered(random))
  const manager = making.managers[index % making.managers.length]!
  const host = organisation ? hostOf(making, name, index, random) : null
  const client: DemoClient = {
    index, kind: organisation ? 'organisation' : 'person', name, legalName: form ? form.wrap(name, person) : null, lifecycle: 'potential',
    requisites: form ? requisites(random, pack, city, form.sole ?? false, person.female) : null,
    industry: industry && { key: industry.key, label: industry.label },
    source: keyLabel(random.weighted(pack.sources, (one) => one.weight)),
    territory: 1 + pack.cities.indexOf(city), owner: manager.index, team: manager.team,
    tags: random.chance(0.35) ? random.some(pack.tags, random.int(1, 2)) : [],
    enteredAt, phones: [form && !form.sole ? pack.landline(random, city) : pack.mobile(random)],
    emails: [host ? `${random.pick(pack.mailboxes)}@${host}` : personEmail(making, person, index, random)],
    site: host && random.chance(0.7) ? `https://${host}/` : null,
    address: addressIn(making, random, city, organisation), contacts: [], orders: [],
  }
  if (organisation) client.contacts = contactsOf(making, random, person, host!, form!.sole ?? false)
  const won = ordersOf(making, random, client)
  client.lifecycle = won.lastAt === null ? 'potential' : making.now - won.lastAt > 400 * 86_400_000 && !won.open ? 'inactive' : 'active'
  return client
}

/** Part of the three years that had passed: a third of the clients came before or at their start, then more each year. */
const entered = (random: Random): number => random.chance(0.3) ? random.between(0, 0.03) : Math.pow(random.float(), 0.85)

const keyLabel = ({ key, label }: { key: string, label: string }): { key: string, label: string } => ({ key, label })

/** A host below the domains that are kept for examples; numbered where names repeat in large companies. */
function hostOf(making: Making, name: string, index: number, random: Random): string {
  const slug = making.pack.latin(name.replace(/[«»„“]/g, '')).slice(0, 40).replace(/-+$/, '')
  const number = index < 400 ? '' : `-${index.toString(36)}`
  return `${slug}${number}.${random.pick(DOMAINS)}`
}

function personEmail(making: Making, person: PersonName, index: number, random: Random): string {
  const { pack } = making
  return `${pack.latin(person.given)}.${pack.latin(person.family)}${index < 400 ? '' : index.toString(36)}@${random.pick(['post', 'mail', 'inbox'])}.${random.pick(DOMAINS)}`
}

function addressIn(making: Making, random: Random, city: City, organisation: boolean): DemoAddress {
  const { pack } = making
  return {
    postcode: pack.postcode(random, city), country: pack.country, region: city.region, city: city.name,
    street: random.pick(pack.streets), house: pack.house(random, organisation),
  }
}

/** A sole trader is the own contact; others have one to three people, the first of them the one who decides. */
function contactsOf(making: Making, random: Random, first: PersonName, host: string, sole: boolean): DemoContact[] {
  const { pack } = making
  const count = sole ? 1 : random.weighted([1, 2, 3], (n) => [50, 35, 15][n - 1]!)
  const taken = new Set<string>()
  return Array.from({ length: count }, (_, i) => {
    const person = i === 0 ? first : pack.person(random)
    const base = pack.latin(person.family)
    const local = taken.has(base) ? `${pack.latin(person.given)}.${base}` : base
    taken.add(base)
    return {
      name: pack.fullName(person), phone: pack.mobile(random), email: `${local}@${host}`,
      position: sole ? pack.soleRole : i === 0 ? pack.contactRoles[0]!.label : random.weighted(pack.contactRoles.slice(1), (role) => role.weight).label,
    }
  })
}
