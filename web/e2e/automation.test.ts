import type { Page } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { runningApp, setUp, type RunningApp } from './running-app.ts'

const app: RunningApp = await runningApp()
let page: Page
const shot = async (name: string) => { if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/${name}.png`, fullPage: true }) }

async function api<Data>(query: string): Promise<Data> {
  const { data, errors } = await page.evaluate(async (text) => {
    const answer = await fetch('/graphql', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ query: text }) })
    return await answer.json() as { data: unknown, errors?: { message: string }[] }
  }, query)
  if (errors) throw new Error(errors.map(({ message }) => message).join(' '))
  return data as Data
}

beforeAll(async () => {
  page = (await setUp(app)).page
  await api('mutation { createClient(input: { name: "Kivi Oy", industry: "stone" }) { id } }')
})

describe('automation', () => {
  it('is set up from a recipe, rehearsed, and does its work', async () => {
    await page.goto('/settings/automation')
    await page.getByRole('link', { name: /Get in touch about a new order/ }).click()
    const name = page.getByRole('textbox', { name: 'Name' })
    await name.waitFor()
    await expect.poll(() => name.inputValue()).toBe('Get in touch about a new order')
    await name.fill('Call about the order')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.waitForURL(/automation\/[0-9a-f-]{36}$/)
    const { createOrder: { id } } = await api<{ createOrder: { id: string } }>('mutation { createOrder(input: { subject: "Stairs" }) { id } }')
    // The order has a task a moment later.
    await expect.poll(async () => (await api<{ tasks: { nodes: object[] } }>(`{ tasks(filter: { subject: { id: { eq: "${id}" } } }) { nodes { id } } }`)).tasks.nodes.length, { timeout: 20_000 }).toBe(1)
    await page.reload()
    const log = page.getByRole('region', { name: 'What it did' })
    await log.getByText('Done').waitFor()
    await log.getByText(/Task “Get in touch about order/).waitFor()
  })

  it('says in words whom a recipe leaves out', async () => {
    await page.goto('/settings/automation')
    await page.getByRole('link', { name: /No contact for 30 days/ }).click()
    await page.getByText(/^Not: Created.*30 days$/).waitFor()
    await shot('recipe')
  })

  it('is built from nothing: when, if and then', async () => {
    await page.goto('/settings/automation/new')
    await page.getByRole('textbox', { name: 'Name' }).fill('Mark stone')
    const then = page.getByRole('region', { name: 'Then' })
    await then.getByRole('button', { name: 'Remove action 1' }).click()
    await then.getByRole('button', { name: 'Add an action' }).click()
    await page.getByRole('menuitem', { name: 'Set a field' }).click()
    await then.getByRole('button', { name: 'Field', exact: true }).click()
    await page.getByRole('option', { name: 'Note', exact: true }).click()
    await then.getByRole('combobox', { name: 'How' }).click()
    await page.getByRole('option', { name: 'Worked out' }).click()
    await then.getByRole('textbox', { name: 'Expression' }).fill('upper(nowhere)')
    await page.getByRole('button', { name: 'Save' }).click()
    await then.getByText('There is no field "nowhere" that a formula could read.').waitFor()
    await then.getByRole('textbox', { name: 'Expression' }).fill('upper(industry)')
    await page.getByRole('button', { name: 'Rehearse' }).click()
    await page.getByRole('region', { name: 'Rehearsal' }).getByText('Note: STONE').waitFor()
    await page.getByRole('region', { name: 'Rehearsal' }).getByText('The rule would have acted on: 1').waitFor()
    await page.getByRole('combobox', { name: 'Period' }).click()
    await page.getByRole('option', { name: 'The last 7 days' }).click()
    await page.getByRole('region', { name: 'Rehearsal' }).getByText('Note: STONE').waitFor()
    await shot('rehearsal')
    expect((await api<{ clients: { nodes: { note: string | null }[] } }>('{ clients { nodes { note } } }')).clients.nodes).toEqual([{ note: null }])
    await page.getByRole('button', { name: 'Save' }).click()
    await page.waitForURL(/automation\/[0-9a-f-]{36}$/)
    await page.getByRole('link', { name: 'Automation' }).first().click()
    await page.getByRole('switch', { name: 'Rule “Mark stone”' }).click()
    await expect.poll(async () => (await api<{ automationRules: { name: string, active: boolean }[] }>('{ automationRules { name active } }')).automationRules.find(rule => rule.name === 'Mark stone')?.active).toBe(false)
  })

  it('waits for an event that is chosen by its name', async () => {
    await page.goto('/settings/automation/new')
    await page.getByRole('textbox', { name: 'Name' }).fill('On requests')
    await page.getByRole('combobox', { name: 'Object' }).click()
    await page.getByRole('option', { name: 'Requests' }).click()
    await page.getByRole('combobox', { name: 'When' }).click()
    await page.getByRole('option', { name: 'Something happens (an event)' }).click()
    await page.getByRole('button', { name: 'Event', exact: true }).click()
    await page.getByRole('option', { name: 'A request came in' }).click()
    // A menu that closes takes the keyboard back to its button: what is typed before that is lost.
    await page.getByRole('listbox').waitFor({ state: 'detached' })
    const then = page.getByRole('region', { name: 'Then' })
    await then.getByRole('textbox', { name: 'What to do' }).fill('Look at it')
    await shot('event')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.waitForURL(/automation\/[0-9a-f-]{36}$/)
    expect((await api<{ automationRules: { name: string, trigger: object }[] }>('{ automationRules { name trigger } }')).automationRules.find(rule => rule.name === 'On requests')?.trigger).toEqual({ on: 'event', name: 'intakeItem.created' })
    await page.goto('/settings/automation')
  })

  it('comes some working days before a date', async () => {
    await page.goto('/settings/automation/new')
    await page.getByRole('textbox', { name: 'Name' }).fill('Before the day')
    await page.getByRole('combobox', { name: 'When' }).click()
    await page.getByRole('option', { name: 'A date comes' }).click()
    await page.getByRole('spinbutton', { name: 'Days' }).fill('3')
    await page.getByRole('combobox', { name: 'Days' }).click()
    await page.getByRole('option', { name: 'before' }).click()
    await page.getByRole('switch', { name: 'Count working days' }).click()
    await page.getByRole('region', { name: 'Then' }).getByRole('textbox', { name: 'What to do' }).fill('Prepare')
    await shot('working-days')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.waitForURL(/automation\/[0-9a-f-]{36}$/)
    expect((await api<{ automationRules: { name: string, trigger: object }[] }>('{ automationRules { name trigger } }')).automationRules.find(rule => rule.name === 'Before the day')?.trigger).toMatchObject({ on: 'date', days: -3, working: true })
    await page.goto('/settings/automation')
  })

  it('deletes a rule, and brings it back', async () => {
    await page.getByRole('link', { name: /Mark stone/ }).click()
    await page.getByRole('button', { name: 'Delete the rule' }).click()
    await page.waitForURL(/settings\/automation$/)
    await page.locator('li').filter({ hasText: 'The rule is deleted' }).getByRole('button', { name: 'Undo' }).first().click()
    await page.waitForURL(/automation\/[0-9a-f-]{36}$/)
    await expect.poll(() => page.getByRole('textbox', { name: 'Name' }).inputValue()).toBe('Mark stone')
  })
})
