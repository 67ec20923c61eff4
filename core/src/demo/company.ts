import { clientAt } from './client.ts'
import type { DemoClient } from './client.ts'
import { makeProducts } from './product.ts'
import type { DemoProduct } from './product.ts'
import { Random } from './random.ts'
import { makeUsers } from './user.ts'
import type { DemoTeam, DemoUser } from './user.ts'
import { en } from './words/en.ts'
import { fi } from './words/fi.ts'
import type { Pack } from './words/pack.ts'
import { ru } from './words/ru.ts'
import { uk } from './words/uk.ts'

export const PACKS: Record<Pack['locale'], Pack> = { ru, uk, fi, en }

export interface CompanyOptions {
  locale: Pack['locale']
  /** Default 300. */
  clients?: number
  /** The same seed, options and program give the same company, byte by byte. Default `kartotek`. */
  seed?: string
  /** The last day of the three years, `YYYY-MM-DD` or a date. */
  today: Date | string
  /** Managers who sell. Default 6. */
  managers?: number
  /** Orders per client on average. Default 5. */
  ordersPerClient?: number
}

/** What every part of the generator needs. */
export interface Making {
  pack: Pack
  seed: string
  /** End of the last day in local time. */
  now: number
  /** Start of the three years. */
  since: number
  clients: number
  ordersPerClient: number
  users: readonly DemoUser[]
  managers: readonly DemoUser[]
  products: readonly DemoProduct[]
}

export interface Company {
  locale: Pack['locale']
  country: Pack['country']
  currency: Pack['currency']
  name: string
  legalName: string
  teams: readonly DemoTeam[]
  users: readonly DemoUser[]
  products: readonly DemoProduct[]
  count: number
  /** Clients with their contacts and orders, one at a time: memory stays flat however many there are. */
  clients(from?: number, to?: number): Generator<DemoClient>
}

const YEAR = 365.25 * 86_400_000

/**
 * Invents a trading company that sells tools and supplies, with three years behind it: price list, people, clients with
 * valid requisites, contacts, orders with their way through the stages, season, growth, and few clients that bring most.
 * Nothing in it is anybody's: names are drawn from lists, e-mail addresses are below example.com, .org and .net.
 */
export function generateCompany(options: CompanyOptions): Company {
  const pack = PACKS[options.locale]
  const seed = options.seed ?? 'kartotek'
  const day = typeof options.today === 'string' ? options.today : options.today.toISOString().slice(0, 10)
  const now = Date.parse(`${day}T17:30:00Z`) - pack.utcOffset * 3_600_000
  if (Number.isNaN(now)) throw new RangeError(`«${day}» is no date: give today as YYYY-MM-DD.`)
  const { teams, users } = makeUsers(pack, new Random(seed, pack.locale, 'users'), options.managers ?? 6)
  const products = makeProducts(pack)
  const making: Making = {
    pack, seed, now, since: now - 3 * YEAR, clients: options.clients ?? 300, ordersPerClient: options.ordersPerClient ?? 5,
    users, managers: users.filter((user) => user.role === 'manager'), products,
  }
  const salt = distinctNames(making)
  return {
    locale: pack.locale, country: pack.country, currency: pack.currency, name: pack.company.name, legalName: pack.company.legalName,
    teams, users, products, count: making.clients,
    * clients(from = 0, to = making.clients) {
      for (let index = from; index < to; index++) yield clientAt(making, index, salt(index))
    },
  }
}

/** Two of the first thousand clients never have one name; in larger companies names repeat, as they do in life. */
function distinctNames(making: Making): (index: number) => number {
  const names = new Set<string>()
  const salts: number[] = []
  return (index) => {
    if (index >= 1000) return 0
    while (salts.length <= index) {
      let salt = 0
      while (salt < 20 && names.has(clientAt(making, salts.length, salt).name)) salt++
      names.add(clientAt(making, salts.length, salt).name)
      salts.push(salt)
    }
    return salts[index]!
  }
}
