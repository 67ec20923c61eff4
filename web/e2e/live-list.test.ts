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
const listAsked = (of: Page) => {
  let times = 0
  of.on('request', (request) => { if (request.postData()?.includes('query ClientList')) times++ })
  return () => times
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
    const asked = listAsked(page)
    await rename(1, 'Client 001 again')
    await other.locator('tr.row', { hasText: 'Client 001 again' }).waitFor()
    expect(asked()).toBe(0)
    expect(await row('Client 001 anew').count()).toBe(1)
    await see('visible')
    await row('Client 001 again').waitFor()
    expect(app.misdeeds).toEqual([])
  })
})
