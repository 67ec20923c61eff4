import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { beforeAll, expect, it } from 'vitest'
import { runningApp, setUp, type RunningApp, type Visit } from './running-app.ts'

const app: RunningApp = await runningApp()
let head: Visit, seller: Visit
let order: string, other: string
const shots = process.env.SHOTS

async function api<Data>(page: Page, query: string, variables: object = {}): Promise<Data> {
  const { data, errors } = await page.evaluate(async ([text, values]) => {
    const answer = await fetch('/graphql', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ query: text, variables: values }) })
    return await answer.json() as { data: unknown, errors?: { message: string }[] }
  }, [query, variables] as const)
  if (errors) throw new Error(errors.map(({ message }) => message).join(' '))
  return data as Data
}
async function shot(page: Page, name: string) {
  if (!shots) return
  mkdirSync(shots, { recursive: true })
  await page.waitForTimeout(500)
  await page.screenshot({ path: join(shots, `${name}.png`) })
}

beforeAll(async () => {
  head = await setUp(app)
  const { page } = head
  const { roles } = await api<{ roles: { id: string, key: string }[] }>(page, '{ roles { id key } }')
  const { inviteUser } = await api<{ inviteUser: { link: string } }>(page, 'mutation ($roles: [ID!]!) { inviteUser(input: { name: "Anna Myyjä", email: "anna@example.com", roles: $roles }) { link } }', { roles: [roles.find(({ key }) => key === 'manager')!.id] })
  const labels = (en: string) => ({ en })
  await api(page, 'mutation ($input: PipelineInput!) { createPipeline(input: $input) { id } }', { input: { object: 'order', key: 'delivery', labels: labels('Delivery'), isDefault: true, stages: [
    { key: 'packing', labels: labels('Packing'), kind: 'OPEN' },
    { key: 'shipped', labels: labels('Shipped'), kind: 'OPEN', gate: { requiredFields: ['comment'], condition: { client: { isNull: false } }, conditionHint: labels('The order needs a client.') } },
    { key: 'billed', labels: labels('Billed'), kind: 'OPEN', gate: { requiredFields: ['lines'] } },
    { key: 'done', labels: labels('Done'), kind: 'WON' },
  ] } })
  seller = await app.visit()
  await seller.page.goto(inviteUser.link)
  await seller.page.getByLabel('New password').fill('a walk along the quiet harbour')
  await seller.page.getByRole('button', { name: 'Save the password' }).click()
  await seller.page.waitForURL('**/clients')
  order = (await api<{ createOrder: { id: string } }>(seller.page, 'mutation { createOrder(input: { subject: "Forty windows" }) { id } }')).createOrder.id
  other = (await api<{ createOrder: { id: string } }>(seller.page, 'mutation { createOrder(input: { subject: "Twelve doors" }) { id } }')).createOrder.id
})

const waiting = (page: Page) => page.getByRole('region', { name: 'Approval', exact: true })

it('a closed gate offers to ask, what was filled in is saved, and the card says that it waits', async () => {
  const { page } = seller
  await page.goto(`/orders/${order}`)
  await page.getByRole('button', { name: 'Shipped', exact: true }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Comment').fill('Sent from the northern yard')
  await dialog.getByRole('button', { name: 'Move' }).click()
  await dialog.getByText('The order needs a client.').waitFor()
  await dialog.getByRole('button', { name: 'Ask for approval' }).click()
  await dialog.getByLabel('Why it should go through').fill('The client signs tomorrow, the truck leaves today.')
  await shot(page, 'ask')
  await dialog.getByRole('button', { name: 'Ask', exact: true }).click()
  await dialog.waitFor({ state: 'detached' })
  await waiting(page).getByText('Waits for approval to enter “Shipped”').waitFor()
  expect(await waiting(page).getByRole('button').allInnerTexts()).toEqual(['Take back'])
  expect((await api<{ order: object }>(page, 'query ($id: ID!) { order(id: $id) { comment stage { key } } }', { id: order })).order).toEqual({ comment: 'Sent from the northern yard', stage: { key: 'packing' } })
})

it('stands in the day of who may decide and of who asked', async () => {
  await head.page.goto('/tasks/day')
  await head.page.getByRole('heading', { name: 'For you to decide 1' }).waitFor()
  await shot(head.page, 'day')
  await seller.page.goto('/tasks/day')
  await seller.page.getByRole('heading', { name: 'Your requests 1' }).waitFor()
  await seller.page.getByRole('listitem').filter({ hasText: 'The client signs tomorrow' }).getByRole('link').click()
  await seller.page.waitForURL(`**/orders/${order}`)
})

it('who may pass it is told at once, and declines with a note; who asked sees it live', async () => {
  const { page } = head
  await page.getByRole('button', { name: /Notifications/ }).first().click()
  await page.getByRole('link', { name: /Anna Myyjä: stage approval/ }).click()
  await page.waitForURL(`**/orders/${order}`)
  const banner = waiting(page)
  await banner.getByText('The client signs tomorrow, the truck leaves today.').waitFor()
  await banner.getByText('The order needs a client.').waitFor()
  await shot(page, 'wide')
  if (shots) {
    const phone = await app.visit({ width: 390, colorScheme: 'dark', as: head.context })
    await phone.page.goto(`/orders/${order}`)
    await waiting(phone.page).waitFor()
    await shot(phone.page, 'phone')
    await waiting(phone.page).getByRole('button', { name: 'Decline' }).click()
    await shot(phone.page, 'phone-decline')
    await phone.context.close()
  }
  await banner.getByRole('button', { name: 'Decline' }).click()
  const decline = banner.getByRole('button', { name: 'Decline' })
  expect(await decline.isDisabled()).toBe(true)
  await banner.getByLabel('Why not').fill('Enter the client first')
  await decline.click()
  await banner.waitFor({ state: 'detached' })
  await waiting(seller.page).waitFor({ state: 'detached' })
  await seller.page.getByRole('tab', { name: 'Timeline' }).click()
  await seller.page.getByText('Enter the client first').waitFor()
})

it('on the board, too; an approval moves the record', async () => {
  const { page } = seller
  await page.goto('/orders/board')
  const card = page.locator(`[data-record="${other}"]`)
  await card.getByRole('button').click()
  await page.getByRole('menuitem', { name: 'Shipped' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Ask for approval' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Ask', exact: true }).click()
  await page.getByRole('dialog').waitFor({ state: 'detached' })
  await head.page.goto(`/orders/${other}`)
  await waiting(head.page).getByRole('button', { name: 'Approve' }).click()
  await waiting(head.page).waitFor({ state: 'detached' })
  await head.page.locator('[aria-current=step]', { hasText: 'Shipped' }).waitFor()
  expect(app.misdeeds).toEqual([])
})

it('an empty list that the gate wants is filled in the same window', async () => {
  const { page } = head
  const { createOrder } = await api<{ createOrder: { id: string } }>(page, 'mutation { createOrder(input: { subject: "Three gates" }) { id } }')
  await page.goto(`/orders/${createOrder.id}`)
  await page.getByRole('button', { name: 'Billed', exact: true }).click()
  const dialog = page.getByRole('dialog')
  const lines = dialog.getByRole('region', { name: 'Order lines' })
  await lines.getByLabel('Description').fill('Gate of oak')
  await lines.getByLabel('Price').first().fill('1200')
  await shot(page, 'gate-lines')
  await dialog.getByRole('button', { name: 'Move', exact: true }).click()
  await dialog.waitFor({ state: 'detached' })
  await page.getByRole('region', { name: 'Order lines' }).getByText('Gate of oak').waitFor()
  expect((await api<{ order: object }>(page, 'query ($id: ID!) { order(id: $id) { stage { key } lines { text } } }', { id: createOrder.id })).order).toEqual({ stage: { key: 'billed' }, lines: [{ text: 'Gate of oak' }] })
})
