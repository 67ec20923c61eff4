import type { Page } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { apiOf, runningApp, setUp, type RunningApp } from './running-app.ts'

const app: RunningApp = await runningApp()
let page: Page

const api = apiOf(() => page)

let client: string
beforeAll(async () => {
  page = (await setUp(app)).page
  client = (await api<{ createClient: { id: string } }>('mutation { createClient(input: { name: "Lumi Oy" }) { id } }')).createClient.id
  await api('mutation { createClient(input: { name: "Tuuli Oy" }) { id } }')
})

describe('tasks', () => {
  it('are added on a card in one line, and counted in the side bar', async () => {
    await page.goto(`/clients/${client}`)
    const steps = page.getByRole('region', { name: 'Next step' })
    await steps.getByText('none yet').waitFor()
    await steps.getByRole('textbox', { name: 'What to do next' }).fill('Send the offer')
    await steps.getByRole('radio', { name: 'tomorrow' }).click()
    await steps.getByRole('button', { name: 'Add' }).click()
    await steps.getByRole('link', { name: 'Send the offer' }).waitFor()
    expect(await steps.getByText('none yet').count()).toBe(0)
    await steps.getByRole('radio', { name: 'today' }).click()
    await steps.getByRole('textbox', { name: 'What to do next' }).fill('Call about the yard')
    await page.keyboard.press('Enter')
    await page.getByRole('navigation', { name: 'Sections' }).getByRole('link', { name: /Tasks/ }).getByText('1', { exact: true }).waitFor()
  })

  it('stand by day, are finished by one click, told what came of it, and opened again', async () => {
    await api(`mutation { createTask(input: { title: "Late one", due: "2026-01-15T10:00:00Z" }) { id } }`)
    await page.getByRole('navigation', { name: 'Sections' }).getByRole('link', { name: /Tasks/ }).click()
    await page.waitForURL('**/tasks/day')
    const part = (name: string) => page.locator('section').filter({ has: page.getByRole('heading', { name }) })
    await part('Overdue').getByText('Late one').waitFor()
    await part('Tomorrow').getByText('Send the offer').waitFor()
    const today = part('Today')
    await today.getByRole('link', { name: 'Lumi Oy' }).waitFor()
    await today.getByRole('button', { name: 'Finish: Call about the yard' }).click()
    await today.getByRole('textbox', { name: 'What came of it?' }).fill('They want two more')
    await page.keyboard.press('Enter')
    await today.waitFor({ state: 'detached' })
    const { tasks } = await api<{ tasks: { nodes: { state: { key: string }, result: string }[] } }>('{ tasks(filter: { title: { startsWith: "Call" } }) { nodes { state { key } result } } }')
    expect(tasks.nodes).toEqual([{ state: { key: 'done' }, result: 'They want two more' }])
    await part('Overdue').getByRole('button', { name: 'Finish: Late one' }).click()
    await page.getByRole('alert').or(page.locator('li')).filter({ hasText: 'Done: Late one' }).getByRole('button', { name: 'Undo' }).first().click()
    await part('Overdue').getByRole('button', { name: 'Finish: Late one' }).and(page.locator(':enabled')).waitFor()
  })

  it('are told in figures on top of the day', async () => {
    const figures = page.getByRole('region', { name: 'Your tasks in figures' })
    // One is late, one is for tomorrow (due at the end of that day), and a call is near.
    const { createTask: { id } } = await api<{ createTask: { id: string } }>('mutation ($due: DateTime!) { createTask(input: { title: "Ring back", due: $due }) { id } }', { due: new Date(Date.now() + 3_600_000).toISOString() })
    const read = async () => Object.fromEntries((await figures.locator('dl > div').allInnerTexts()).map(text => text.split('\n').filter(Boolean).sort()).map(([count, name]) => [name, Number(count)]))
    await expect.poll(read, { timeout: 20_000 }).toMatchObject({ overdue: 1, 'within 24 hours': 1, open: 3 })
    await api('mutation ($id: ID!) { deleteTask(id: $id) { id } }', { id })
    await expect.poll(read, { timeout: 20_000 }).toMatchObject({ overdue: 1, 'within 24 hours': 0, open: 2 })
  })

  it('of others have their place in the day of who takes part, as long as they go on', async () => {
    const { roles } = await api<{ roles: { id: string, key: string }[] }>('{ roles { id key } }')
    const { inviteUser } = await api<{ inviteUser: { userId: string } }>('mutation ($roles: [ID!]!) { inviteUser(input: { name: "Anna Myyjä", email: "anna@example.com", roles: $roles }) { userId } }', { roles: [roles.find(({ key }) => key === 'manager')!.id] })
    const { me } = await api<{ me: { id: string } }>('{ me { id } }')
    const meeting = (title: string, begun: number, minutes: number) => api('mutation ($input: TaskCreateInput!) { createTask(input: $input) { id } }', { input: { title, kind: 'meeting', owner: inviteUser.userId, due: new Date(Date.now() - begun * 60_000).toISOString(), minutes, participants: [{ user: me.id }] } })
    await meeting('Walk the yard', 20, 60)
    await meeting('Was short', 20, 10)
    await page.goto('/tasks/day')
    const part = (name: string) => page.locator('section').filter({ has: page.getByRole('heading', { name }) })
    await part('Today').or(part('Tomorrow')).getByText('Walk the yard').waitFor()
    expect(await page.getByText('Was short').count()).toBe(0)
    if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/day.png` })
  })

  it('about an order are the next step of its client, too', async () => {
    const create = async (name: string) => (await api<{ createClient: { id: string } }>('mutation ($name: String!) { createClient(input: { name: $name }) { id } }', { name })).createClient.id
    const id = await create('Pilvi Oy')
    const { createOrder } = await api<{ createOrder: { id: string } }>('mutation ($client: ID!) { createOrder(input: { client: $client }) { id } }', { client: id })
    await page.goto(`/clients/${id}`)
    const steps = page.getByRole('region', { name: 'Next step' })
    await steps.getByText('none yet').waitFor()
    const { createTask } = await api<{ createTask: { id: string } }>('mutation ($id: ID!) { createTask(input: { title: "Measure", subject: { object: "order", id: $id } }) { id } }', { id: createOrder.id })
    await steps.getByText('none yet').waitFor({ state: 'detached' })
    await api('mutation ($id: ID!) { updateTask(id: $id, input: { state: "done" }) { id } }', { id: createTask.id })
    await steps.getByText('none yet').waitFor()
    await api('mutation ($id: ID!) { updateTask(id: $id, input: { state: "open" }) { id } }', { id: createTask.id })
  })

  it('tell which clients nobody looks after', async () => {
    await page.goto('/clients')
    await page.getByRole('combobox', { name: 'Who is not looked after' }).click()
    await page.getByRole('option', { name: 'Without a next step' }).click()
    await page.waitForURL('**/clients?look=step')
    await page.getByRole('link', { name: 'Tuuli Oy' }).waitFor()
    expect(await page.getByRole('link', { name: 'Lumi Oy' }).count()).toBe(0)
  })

  it('ask for the place of a meeting and for the days of repeating only where these are chosen', async () => {
    await page.goto('/tasks/new')
    const form = page.locator('form#create')
    const choose = async (field: string, option: string) => {
      await form.locator(`[aria-label^="${field}:"]`).click()
      await page.getByRole('option', { name: option, exact: true }).click()
    }
    await form.getByLabel('What to do').waitFor()
    const there = async () => ({
      place: await form.getByLabel('Place', { exact: true }).count(), participants: await form.getByRole('region', { name: 'Participants' }).count(),
      every: await form.getByLabel('Every', { exact: true }).count(), days: await form.locator('[aria-label^="On days"]').count(), month: await form.locator('[aria-label^="On which day"]').count(),
    })
    expect(await there()).toEqual({ place: 0, participants: 0, every: 0, days: 0, month: 0 })
    await choose('Kind', 'Meeting')
    await form.getByLabel('Place', { exact: true }).fill('The old mill')
    expect(await there()).toMatchObject({ participants: 1, days: 0 })
    await choose('Repeats', 'By week')
    expect(await there()).toMatchObject({ every: 1, days: 1, month: 0 })
    // What is filled in stays in sight.
    await choose('Kind', 'Task')
    expect(await there()).toMatchObject({ place: 1, participants: 0 })
    await form.getByLabel('What to do').fill('Look at the mill')
    await form.getByLabel('Due', { exact: true }).fill('2026-12-01T10:00')
    await page.getByRole('button', { name: 'Save' }).click()
    await page.getByText('The old mill').waitFor()
    expect(await page.getByText('On which day of the month').count()).toBe(0)
  })

  it('have a card with what comes after', async () => {
    await page.goto('/tasks/day')
    await page.getByRole('link', { name: 'Send the offer' }).click()
    await page.getByText('Repetition').first().waitFor()
    expect(await page.getByRole('region', { name: 'Next step' }).count()).toBe(0)
    expect(app.misdeeds).toEqual([])
  })
})
