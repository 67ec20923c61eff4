import { beforeAll, describe, expect, it } from 'vitest'
import type { Page } from 'playwright-core'
import { apiOf, runningApp, setUp, type RunningApp, type Visit } from './running-app.ts'

const app: RunningApp = await runningApp()
let admin: Visit
let page: Page
const api = apiOf(() => page)
const shot = async (name: string, of = page) => { if (process.env.SHOTS) await of.screenshot({ path: `${process.env.SHOTS}/${name}.png`, fullPage: true }) }
const pipeline = async () => (await api<{ pipelines: { id: string, stages: { id: string, key: string, gate: { condition: object | null } }[] }[] }>('{ pipelines(object: "order") { id stages { id key gate { condition } } } }')).pipelines[0]!

beforeAll(async () => {
  admin = await setUp(app)
  page = admin.page
  page.setDefaultTimeout(20_000)
  await api('mutation { createField(object: "client", input: { name: "limit", type: decimal, scale: 2, labels: { en: "Ceiling", fi: "Katto" } }) { key } }')
  await api('mutation { createField(object: "order", input: { name: "rate", type: decimal, scale: 2, labels: { en: "Rate" } }) { key } }')
})

describe('a condition as a formula', () => {
  it('stands in a gate: checked with its place, and told to who is refused', async () => {
    await page.goto(`/settings/pipelines/${(await pipeline()).id}`)
    const offer = page.locator('[data-stage="offer"]')
    await offer.getByRole('button', { expanded: false }).last().click()
    await offer.getByRole('switch', { name: 'Also by a formula' }).click()
    const formula = offer.getByRole('textbox', { name: 'Formula' })
    await formula.fill('custom.rate > nowhere')
    await page.getByRole('button', { name: 'Save' }).click()
    await offer.getByText('There is no field "nowhere" that a formula could read.').waitFor()
    await formula.scrollIntoViewIfNeeded()
    await shot('gate-formula-refused')
    await formula.fill(' > 1 and isEmpty()')
    await formula.press('Home')
    await offer.getByRole('button', { name: 'Rate', exact: true }).click()
    await formula.press('End')
    await formula.press('ArrowLeft')
    await offer.getByRole('button', { name: 'Field of a related record' }).click()
    await page.getByRole('option', { name: 'Client: Ceiling' }).scrollIntoViewIfNeeded()
    await shot('related-fields')
    await page.getByRole('option', { name: 'Client: Ceiling' }).click()
    await expect.poll(() => formula.inputValue()).toBe('custom.rate > 1 and isEmpty(client.custom.limit)')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('Saved').first().waitFor()
    const { stages } = await pipeline()
    expect(stages.find(({ key }) => key === 'offer')!.gate.condition).toEqual({ formula: 'custom.rate > 1 and isEmpty(client.custom.limit)' })
    const { createOrder: { id } } = await api<{ createOrder: { id: string } }>('mutation { createOrder(input: { subject: "Stairs", custom: { rate: "1" } }) { id } }')
    await expect(api('mutation ($id: ID!, $stage: ID!) { updateOrder(id: $id, input: { stage: $stage }) { id } }', { id, stage: stages.find(({ key }) => key === 'offer')!.id })).rejects.toThrow('does not hold: Rate > 1 and isEmpty(Client: Ceiling).')
  })

  it('stands in a rule, and is rehearsed with it', async () => {
    for (const rate of ['0.5', '2']) await api('mutation ($rate: Decimal) { createOrder(input: { subject: "Doors", custom: { rate: $rate } }) { id } }', { rate })
    await page.goto('/settings/automation/new')
    await page.getByRole('textbox', { name: 'Name' }).fill('Good rate')
    await page.getByRole('combobox', { name: 'Object' }).click()
    await page.getByRole('option', { name: 'Orders', exact: true }).click()
    const when = page.getByRole('region', { name: 'If' })
    await when.getByRole('switch', { name: 'Also by a formula' }).click()
    await when.getByRole('textbox', { name: 'Formula' }).fill('custom.rate + 1')
    const then = page.getByRole('region', { name: 'Then' })
    await then.getByRole('textbox', { name: 'What to do' }).fill('Look at {subject}')
    await page.getByRole('button', { name: 'Rehearse' }).click()
    await when.getByText(/A condition must give yes or no/).waitFor()
    await when.getByRole('textbox', { name: 'Formula' }).fill('custom.rate * 2 > 2')
    await page.getByRole('button', { name: 'Rehearse' }).click()
    await page.getByRole('region', { name: 'Rehearsal' }).getByText('The rule would have acted on: 1').waitFor()
    await shot('rule-formula')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.waitForURL(/automation\/[0-9a-f-]{36}$/)
    await page.reload()
    await expect.poll(() => page.getByRole('region', { name: 'If' }).getByRole('textbox', { name: 'Formula' }).inputValue()).toBe('custom.rate * 2 > 2')
  })

  it('decides whether a form asks for a field, as people type', async () => {
    await page.goto('/settings/objects/order')
    await page.getByRole('button', { name: 'New field' }).click()
    await page.locator('[data-type="text"]').click()
    await page.getByLabel('Name, English').fill('Reason of the rate')
    await page.getByRole('combobox', { name: 'Show only when' }).click()
    await page.getByRole('option', { name: 'By a formula' }).click()
    await page.getByRole('textbox', { name: 'Formula' }).fill('custom.rate')
    await page.getByRole('button', { name: 'Create' }).last().click()
    await page.getByText(/A condition must give yes or no/).first().waitFor()
    await page.getByRole('textbox', { name: 'Formula' }).fill('custom.rate > 1.5')
    await shot('field-formula')
    await page.getByRole('button', { name: 'Create' }).last().click()
    await page.getByRole('dialog').waitFor({ state: 'detached' })

    await page.goto('/orders/new')
    await page.getByLabel('Rate', { exact: true }).fill('1.5')
    const reason = page.getByLabel('Reason of the rate')
    await page.waitForTimeout(800)
    expect(await reason.count()).toBe(0)
    await page.getByLabel('Rate', { exact: true }).fill('1,51')
    await reason.waitFor()
    await page.getByLabel('Rate', { exact: true }).fill('1')
    await reason.waitFor({ state: 'detached' })

    const make = async (rate: string) => (await api<{ createOrder: { id: string } }>('mutation ($rate: Decimal) { createOrder(input: { subject: "Card", custom: { rate: $rate } }) { id } }', { rate })).createOrder.id
    const [high, low] = [await make('3'), await make('1')]
    await page.goto(`/orders/${high}`)
    await page.getByText('Reason of the rate').waitFor()
    await page.goto(`/orders/${low}`)
    await page.getByText('Rate', { exact: true }).first().waitFor()
    await page.waitForTimeout(800)
    expect(await page.getByText('Reason of the rate').count()).toBe(0)
  })

  it('fits a phone in the dark', async () => {
    const { page: phone, context } = await app.visit({ width: 390, colorScheme: 'dark', as: admin.context })
    await phone.goto(`/settings/pipelines/${(await pipeline()).id}`)
    const offer = phone.locator('[data-stage="offer"]')
    await offer.getByRole('button', { expanded: false }).last().click()
    await offer.getByRole('textbox', { name: 'Formula' }).scrollIntoViewIfNeeded()
    expect(await phone.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true)
    await shot('gate-formula-phone', phone)
    await context.close()
    expect(app.misdeeds.filter(line => !line.includes('400'))).toEqual([])
  })
})
