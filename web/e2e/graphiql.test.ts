import type { Page } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { apiOf, runningApp, setUp, type RunningApp } from './running-app.ts'

const app: RunningApp = await runningApp()
let page: Page
const api = apiOf(() => page)

beforeAll(async () => { page = (await setUp(app)).page })

/** Writes an operation into the editor and runs it. */
async function run(operation: string): Promise<void> {
  await page.locator('.graphiql-query-editor .CodeMirror').click()
  await page.keyboard.press('Control+A')
  await page.keyboard.insertText(operation)
  // It reads what was typed a moment later, and knows only then that it is a subscription.
  await page.waitForTimeout(1_000)
  await page.getByRole('button', { name: /Execute query/ }).click()
}
const result = () => page.locator('.result-window')

describe('GraphiQL', () => {
  it('answers who is signed in, from this server alone', async () => {
    await api('mutation { createClient(input: { name: "Kivi Oy" }) { id } }')
    await page.goto('/graphiql')
    await run('{ clients { nodes { name } } }')
    await result().getByText('Kivi Oy').waitFor()
  })

  it('listens to subscriptions', async () => {
    await page.goto('/graphiql')
    await run('subscription { clientChanged { kind record { name } } }')
    // The socket is open when the first event comes: until then one more is made.
    await expect.poll(async () => {
      await api('mutation { createClient(input: { name: "Heard Oy" }) { id } }')
      return result().innerText()
    }).toContain('Heard Oy')
  })

  it('is told by a subscription that came without a socket where to go', async () => {
    const answer = await page.request.post('/graphql', { headers: { origin: app.url }, data: { query: 'subscription { clientChanged { kind } }' } })
    expect(await answer.json()).toMatchObject({ errors: [{ message: expect.stringContaining('over a WebSocket'), extensions: { code: 'INVALID_INPUT' } }] })
  })

  it('sends nobody away who is not signed in without saying where to go, and breaks no rule of the page', async () => {
    const { page: stranger } = await app.visit()
    await stranger.goto('/graphiql')
    await stranger.getByRole('heading', { name: 'Sign in' }).waitFor()
    expect(app.misdeeds).toEqual([])
  })
})
