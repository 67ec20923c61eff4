import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { checkIban, checkRuAccount, checkTaxId, normaliseEmail, parsePhone } from '../facts/index.ts'
import { generateCompany } from './index.ts'
import type { Company, DemoClient, DemoOrder } from './index.ts'

const today = '2026-11-21'
const locales = ['ru', 'uk', 'fi', 'en'] as const
const digest = (company: Company): string =>
  createHash('sha256').update(JSON.stringify([company.users, company.products, ...company.clients()])).digest('hex')
const won = (order: DemoOrder): boolean => order.stages.at(-1)!.stage === 'won'
const sum = (order: DemoOrder): number =>
  order.lines.reduce((total, line) => total + line.quantity * Number(line.price) * (1 - line.discountPercent / 100), 0)
const revenue = (client: DemoClient): number => client.orders.filter(won).reduce((total, order) => total + sum(order), 0)

describe.each(locales)('the demo company in %s', (locale) => {
  const company = generateCompany({ locale, today })
  const clients = [...company.clients()]
  const orders = clients.flatMap((client) => client.orders)

  it('is the same for the same seed, and another for another', () => {
    expect(digest(generateCompany({ locale, today }))).toBe(digest(company))
    expect(digest(generateCompany({ locale, today, seed: 'other' }))).not.toBe(digest(company))
  })

  it('gives any client without making those before it', () => {
    expect([...company.clients(217, 218)]).toEqual([clients[217]])
  })

  it('has 300 clients of different names, most of them organisations', () => {
    expect(clients).toHaveLength(300)
    expect(new Set(clients.map((client) => client.name)).size).toBe(300)
    const organisations = clients.filter((client) => client.kind === 'organisation').length
    expect(organisations).toBeGreaterThan(210)
    expect(organisations).toBeLessThan(280)
  })

  it('has only valid requisites, phones and e-mail addresses', () => {
    const wrong: unknown[] = []
    const check = (ok: boolean, what: unknown): void => { if (!ok) wrong.push(what) }
    for (const { requisites: own } of clients) {
      if (!own) continue
      check(checkTaxId(own.taxBranch ? `${own.taxId}/${own.taxBranch}` : own.taxId, company.country).valid, own)
      if (company.country === 'RU') check(checkTaxId(own.registration!, 'RU').valid && checkRuAccount(own.bank.account, own.bank.code).valid, own)
      else check(checkIban(own.bank.account).valid, own)
      if (own.vatId) check(checkTaxId(own.vatId).valid, own)
    }
    const people = [...company.users, ...clients.flatMap((client) => client.contacts)]
    for (const phone of [...clients.flatMap((client) => client.phones), ...people.map((one) => one.phone)]) {
      const read = parsePhone(phone)
      check(read.valid && (read.country === company.country || read.country === 'GG' || read.country === 'AX'), phone)
    }
    const emails = [...clients.flatMap((client) => client.emails), ...people.map((one) => one.email)]
    for (const email of emails) check(normaliseEmail(email).valid && /\.example\.(com|org|net)$/.test(email), email)
    expect(wrong).toEqual([])
    expect(new Set(emails).size).toBe(emails.length)
  })

  it('lets few clients bring most of the revenue', () => {
    const sums = clients.map(revenue).sort((a, b) => b - a)
    const share = sums.slice(0, 60).reduce((a, b) => a + b, 0) / sums.reduce((a, b) => a + b, 0)
    expect(share).toBeGreaterThan(0.62)
    expect(share).toBeLessThan(0.92)
  })

  it('leads every order through its stages in time, from the day the client was entered to today', () => {
    const end = Date.parse(`${today}T23:59:59Z`)
    for (const client of clients) for (const order of client.orders) {
      const times = order.stages.map((stage) => stage.at.getTime())
      expect(order.createdAt.getTime()).toBe(times[0])
      expect(times).toEqual([...times].sort((a, b) => a - b))
      expect(times.at(-1)).toBeLessThan(end)
      expect(times[0]! + 4 * 86_400_000).toBeGreaterThan(client.enteredAt.getTime())
      expect(order.lossReason !== null).toBe(order.stages.at(-1)!.stage === 'lost')
      expect(order.lines.length).toBeGreaterThan(0)
    }
  })

  it('has won, lost and open orders, some in every stage, some with problems', () => {
    const share = (stage: string): number => orders.filter((order) => order.stages.at(-1)!.stage === stage).length / orders.length
    expect(share('won')).toBeGreaterThan(0.5)
    expect(share('lost')).toBeGreaterThan(0.15)
    expect(share('won') + share('lost')).toBeLessThan(0.99)
    expect(orders.some((order) => order.problems.length > 0)).toBe(true)
  })

  it('sells more in May than in January', () => {
    const inMonth = (month: number): number => orders.filter((order) => order.createdAt.getUTCMonth() === month).length
    expect(inMonth(4)).toBeGreaterThan(inMonth(0) * 1.3)
  })
})

it('makes large companies a client at a time', () => {
  const company = generateCompany({ locale: 'en', today, clients: 5_000_000, managers: 2000, ordersPerClient: 2 })
  const [client] = [...company.clients(4_999_999)]
  expect(client).toMatchObject({ index: 4_999_999 })
})
