import type { Random } from '../random.ts'

export interface PersonName {
  given: string
  family: string
  /** Отчество / по батькові; empty in Finland and Britain. */
  middle: string
  female: boolean
}

export interface City {
  name: string
  region: string
  /** The beginning of its postcodes. */
  post: readonly string[]
  /** Area codes of its fixed lines, without the trunk prefix. */
  area: readonly string[]
  /** How many clients it has, relative to others. */
  weight: number
  /** First digits of tax numbers (Russia). */
  tax?: string
  /** Genitive, where names of companies use it (Finland). */
  of?: string
}

export interface Industry {
  key: string
  label: string
  weight: number
  /** Name for people, without legal form; `{legal}` is not part of it. */
  name(random: Random, city: City, person: PersonName): string
}

export interface LossReason { key: string, label: string, weight: number }

/** All the words and forms of one language; what is not a word (prices, dates, numbers) is made by the generator. */
export interface Pack {
  locale: 'ru' | 'uk' | 'fi' | 'en'
  country: 'RU' | 'UA' | 'FI' | 'GB'
  currency: 'RUB' | 'UAH' | 'EUR' | 'GBP'
  /** Local money for one euro of the price list, and the step that prices are rounded to. */
  rate: number
  priceStep: number
  utcOffset: number
  company: { name: string, legalName: string, domain: string }
  person(random: Random, female?: boolean): PersonName
  /** How a person is written in lists and on cards. */
  fullName(person: PersonName): string
  /** Letters for the left part of an e-mail address. */
  latin(text: string): string
  cities: readonly City[]
  streets: readonly string[]
  postcode(random: Random, city: City): string
  /** Office or flat behind the house number; may be empty. */
  house(random: Random, organisation: boolean): string
  industries: readonly Industry[]
  /** Legal forms of organisations with their frequency; `wrap` puts one around a name. */
  forms: readonly { key: string, weight: number, sole?: boolean, only?: readonly string[], wrap(name: string, person: PersonName): string }[]
  /** A sole trader's name for lists. */
  soleName(person: PersonName, random: Random): string
  mobile(random: Random): string
  landline(random: Random, city: City): string
  teams: readonly string[]
  positions: { administrator: string, head: string, manager: string, accountant: string, observer: string }
  /** Position of a sole trader. */
  soleRole: string
  contactRoles: readonly { label: string, weight: number }[]
  sources: readonly { key: string, label: string, weight: number }[]
  /** Left parts of the addresses that companies publish. */
  mailboxes: readonly string[]
  tags: readonly string[]
  categories: Record<CategoryKey, string>
  units: Record<UnitKey, string>
  /** Titles of orders, by the category that most of the order is of. Of `garden`: any time, spring, winter. */
  titles: Record<CategoryKey, readonly string[]>
  delivery: string
  comments: readonly string[]
  problems: readonly { text: string, solution: string }[]
  lossReasons: readonly LossReason[]
}

export type CategoryKey = 'power' | 'hand' | 'fasteners' | 'workwear' | 'paints' | 'electrical' | 'ladders' | 'garden'
export type UnitKey = 'pcs' | 'pack' | 'm' | 'l' | 'pair' | 'set' | 'roll'

/** `Иванов` → m Иванов, f Иванова, by the endings that have a female form. */
export function slavicSurname(male: string, female: boolean): string {
  if (!female) return male
  if (/(ов|ев|ёв|єв|ин|ін|їн)$/.test(male)) return `${male}а`
  if (/ський$/.test(male)) return male.replace(/ий$/, 'а')
  if (/цький$/.test(male)) return male.replace(/ий$/, 'а')
  if (/(ский|цкий)$/.test(male)) return male.replace(/ий$/, 'ая')
  if (/ой$/.test(male)) return male.replace(/ой$/, 'ая')
  return male
}

/** Letter by letter, for addresses of e-mail and hosts. */
export function transliterate(table: Record<string, string>, text: string): string {
  return [...text.toLowerCase()].map((letter) => table[letter] ?? letter).join('').replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '')
}
