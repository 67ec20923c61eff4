import type { Page } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { apiOf, runningApp, setUp, type RunningApp } from './running-app.ts'

const app: RunningApp = await runningApp()
const nameOf = (n: number): string => `Client ${String(n).padStart(3, '0')}`
/** Who reads the list; the administrator is the colleague who changes it. */
let page: Page
let colleague: Page
let ids: string[]
const change = apiOf(() => colleague)
const rename = (n: number, name: string) => change('mutation ($id: ID!, $name: String!) { updateClient(id: $id, input: { name: $name }) { id } }', { id: ids[n], name })
const create = (name: string) => change('mutation ($name: String!) { createClient(input: { name: $name }) { id } }', { name })
const archive = (n: number) => change('mutation ($id: ID!) { archiveClient(id: $id) { id } }', { id: ids[n] })
const row = (name: string) => page.locator('tr.row', { hasText: name })
const region = () => page.getByRole('region', { name: 'Clients' })
const scrollTo = (pixels: number) => region().evaluate((element, top) => { element.scrollTop = top }, pixels)
/** The first rows in sight below the head, with their places. */
const inSight = () => region().evaluate((element) => {
  const top = element.getBoundingClientRect().top + 41
  return [...element.querySelectorAll('tr.row')].flatMap((found) => {
    const at = Math.round(found.getBoundingClientRect().top - top)
    return at > -20 && at < 300 ? [`${found.querySelector('.title-link')!.textContent} at ${at}`] : []
  })
})
/** How often a page has asked something of the server since. */
const asked = (of: Page, what: string) => {
  let times = 0
  of.on('request', (request) => { if (request.postData()?.includes(`query ${what}`)) times++ })
  return () => times
}
/** How many subscriptions to something a page has open; known of pages that open from now on. */
const listening = (of: Page, what: string) => {
  const open = new Map<string, string>()
  of.on('websocket', socket => socket.on('framesent', ({ payload }) => {
    const { type, id, payload: sent } = JSON.parse(String(payload)) as { type: string, id: string, payload?: { query: string } }
    if (type === 'subscribe') open.set(id, sent!.query)
    else if (type === 'complete') open.delete(id)
  }))
  return () => [...open.values()].filter(query => query.includes(`subscription ${what}`)).length
}

beforeAll(async () => {
  colleague = (await setUp(app)).page
  const { roles } = await change<{ roles: { id: string, key: string }[] }>('{ roles { id key } }')
  const { inviteUser } = await change<{ inviteUser: { link: string } }>('mutation ($roles: [ID!]!) { inviteUser(input: { name: "Kalle Jää", email: "kalle@example.com", roles: $roles }) { link } }', { roles: roles.filter(({ key }) => key === 'head_of_sales').map(({ id }) => id) })
  ids = []
  for (const from of [0, 150]) {
    const { createClients } = await change<{ createClients: { results: { id: string }[] } }>('mutation ($inputs: [ClientCreateInput!]!) { createClients(inputs: $inputs) { results { id } } }', { inputs: Array.from({ length: 150 }, (_, i) => ({ name: nameOf(from + i) })) })
    ids.push(...createClients.results.map(({ id }) => id))
  }
  page = (await app.visit()).page
  await page.goto(inviteUser.link)
  await page.getByLabel('New password').fill('nine loud geese in the yard')
  await page.locator('button[type=submit]').click()
  await page.waitForURL('**/clients')
})

describe('a list that others change', () => {
  it('shows their changes, their new records and those that went', async () => {
    await page.goto('/clients?sort=name')
    await page.getByText('300 records').waitFor()
    await rename(1, 'Client 001 anew')
    await row('Client 001 anew').waitFor()
    await create('Client 000 and a half')
    await row('Client 000 and a half').waitFor()
    await page.getByText('301 records').waitFor()
    await archive(2)
    await row(nameOf(2)).waitFor({ state: 'detached' })
    await page.getByText('300 records').waitFor()
  })

  it('leaves what is read and what is chosen where it is, and loses no row between two pages', async () => {
    await expect.poll(async () => {
      await region().evaluate((element) => { element.scrollTop = element.scrollHeight })
      return row(nameOf(299)).count()
    }).toBe(1)
    // the middle of the second page, whose first rows the colleague pushes down
    await scrollTo(70 * 41)
    await row(nameOf(75)).getByRole('checkbox').click()
    const before = await inSight()
    await create('Client 000 and a third')
    await create('Client 055 and a half')
    await archive(56)
    await archive(57)
    await archive(58)
    await page.getByText('299 records').waitFor()
    await expect.poll(() => region().evaluate(element => element.scrollTop)).toBe(69 * 41)
    expect(await inSight()).toEqual(before)
    await row(nameOf(75)).getByRole('checkbox', { checked: true }).waitFor()
    await page.getByText('1 selected').first().waitFor()

    const expected = Array.from({ length: 100 }, (_, n) => nameOf(n)).filter((_, n) => ![1, 2, 56, 57, 58].includes(n))
    await expect.poll(async () => {
      const met = new Set<string>()
      for (let first = 0; first < 110; first += 10) {
        await scrollTo(first * 41)
        await expect.poll(inSight).not.toEqual([])
        for (const name of await region().locator('.title-link').allInnerTexts()) met.add(name)
      }
      return expected.filter(name => !met.has(name))
    }, { timeout: 60_000 }).toEqual([])
  })

  it('asks nothing while its tab is hidden, and all when one comes back', async () => {
    await page.goto('/clients?sort=name')
    await row('Client 001 anew').waitFor()
    const see = (state: 'hidden' | 'visible') => page.evaluate((value) => {
      Object.defineProperty(document, 'visibilityState', { value, configurable: true })
      Object.defineProperty(document, 'hidden', { value: value === 'hidden', configurable: true })
      document.dispatchEvent(new Event('visibilitychange'))
    }, state)
    // a visitor who looks on knows when the news have come
    const { page: other } = await app.visit({ as: page.context() })
    await other.goto('/clients?sort=name')
    await other.locator('tr.row', { hasText: 'Client 001 anew' }).waitFor()
    await see('hidden')
    const lists = asked(page, 'ClientList')
    await rename(1, 'Client 001 again')
    await other.locator('tr.row', { hasText: 'Client 001 again' }).waitFor()
    expect(lists()).toBe(0)
    expect(await row('Client 001 anew').count()).toBe(1)
    await see('visible')
    await row('Client 001 again').waitFor()
    expect(app.misdeeds).toEqual([])
  })
})

describe('a list on the card of another record', () => {
  it('follows colleagues as lists do, by one subscription while it is shown', async () => {
    const streams = listening(page, 'OrderChanges')
    const client = ids[10]!
    const createOrder = (subject: string) => change<{ createOrder: { id: string } }>('mutation ($client: ID!, $subject: String!) { createOrder(input: { client: $client, subject: $subject }) { id } }', { client, subject })
    await page.goto(`/clients/${client}?tab=related:orders`)
    await page.getByText('Orders: nothing here yet').waitFor()
    const { createOrder: { id } } = await createOrder('Doors for the hall')
    const orders = page.getByRole('region', { name: 'Orders' })
    await orders.getByText('Doors for the hall').waitFor()
    await change('mutation ($id: ID!) { updateOrder(id: $id, input: { subject: "Windows for the hall" }) { id } }', { id })
    await orders.getByText('Windows for the hall').waitFor()
    await createOrder('Stairs')
    await page.getByText('2 records').waitFor()
    await change('mutation ($id: ID!) { archiveOrder(id: $id) { id } }', { id })
    await orders.getByText('Windows for the hall').waitFor({ state: 'detached' })
    await page.getByText('1 record', { exact: true }).waitFor()
    expect(streams()).toBe(1)
    await page.getByRole('tab', { name: 'Details' }).click()
    await expect.poll(streams).toBe(0)
    expect(app.misdeeds).toEqual([])
  })
})

describe('a board that others change', () => {
  it('has the right cards and sums, and does not add up at every single change', async () => {
    const { company: { baseCurrency: currency }, pipelines } = await change<{ company: { baseCurrency: string }, pipelines: { stages: { id: string, key: string }[] }[] }>('{ company { baseCurrency } pipelines(object: "order") { stages { id key } } }')
    const { createOrders } = await change<{ createOrders: { results: { id: string }[] } }>('mutation ($inputs: [OrderCreateInput!]!) { createOrders(inputs: $inputs) { results { id } } }', {
      inputs: Array.from({ length: 20 }, (_, i) => ({ subject: `Board ${i}`, currency, lines: [{ text: 'Door', quantity: '1', price: { amount: '100', currency } }] })),
    })
    await page.goto('/orders/board')
    const offer = page.locator('section[data-stage="offer"]')
    await page.locator('[data-record]').filter({ hasText: 'Board 19' }).waitFor()
    const sums = asked(page, 'OrderStageSums')
    // Each order is a change of its own, and all are told at once.
    const stage = pipelines[0]!.stages.find(({ key }) => key === 'offer')!.id
    await change(`mutation ($stage: ID!) { ${createOrders.results.map(({ id }, i) => `m${i}: updateOrder(id: "${id}", input: { stage: $stage }) { id }`).join(' ')} }`, { stage })
    await offer.getByRole('heading').getByText('20').waitFor()
    await offer.getByText(/2[,\s]?000/).waitFor()
    await expect.poll(() => offer.locator('[data-record]').count()).toBe(20)
    expect(sums()).toBeLessThan(10)
    expect(app.misdeeds).toEqual([])
  })
})
