import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { apiOf, runningApp, setUp, withWebPart, type RunningApp, type Visit } from './running-app.ts'

const folder = await mkdtemp(join(tmpdir(), 'kartotek-parts-'))
afterAll(() => rm(folder, { recursive: true }))

/** A plugin that has nothing but a web part, as it is written. */
async function made(id: string, code: string | null): Promise<string> {
  const files = {
    'package.json': JSON.stringify({ name: `fixture-${id}`, version: '1.0.0', type: 'module', exports: './index.js' }),
    'index.js': `export default { id: '${id}', version: '1.0.0', web: './web/dist/index.js' }`,
    ...code === null ? {} : { 'web/dist/index.js': code },
  }
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, id, name)), { recursive: true })
    await writeFile(join(folder, id, name), text)
  }
  return join(folder, id)
}

const app: RunningApp = await runningApp({ plugins: [
  withWebPart(join(import.meta.dirname, 'fixtures/sampler')), await made('thrower', 'throw new Error("broken at load")'), await made('sleeper', 'await new Promise(() => {})'), await made('unbuilt', null),
  await made('stranger', 'export default { id: "stranger", slots: { "record.roof": [] } }'),
] })
let page: Page
let visit: Visit
let client: string
let broken: string
const api = apiOf(() => page)
const shot = async (name: string, of = page) => { if (process.env.SHOTS) await of.screenshot({ path: `${process.env.SHOTS}/${name}.png` }) }

beforeAll(async () => {
  visit = await setUp(app)
  page = visit.page
  const create = async (name: string) => (await api<{ createClient: { id: string } }>('mutation ($name: String!) { createClient(input: { name: $name, sampler: { mood: "calm" } }) { id } }', { name })).createClient.id
  client = await create('Lumi Oy')
  broken = await create('Rikki Oy')
  await api('mutation ($input: TimelineEntryCreateInput!) { createTimelineEntry(input: $input) { id } }', { input: { subject: { object: 'client', id: client }, kind: 'sampler-visit', text: 'In the yard' } })
})

describe('the web part of a plugin', () => {
  it('has its places on a card, with the data of the API and the texts of the language', async () => {
    await page.goto(`/clients/${client}`)
    await page.getByText('Side of Lumi Oy').waitFor()
    await page.getByRole('button', { name: 'Greet' }).click()
    await page.getByText('Hello, Lumi Oy', { exact: true }).waitFor()
    await page.getByRole('tab', { name: 'Samples of it' }).click()
    const tab = page.getByRole('region', { name: 'Samples of it' })
    await tab.getByText('Lumi Oy: calm').waitFor()
    // The component keeps state of its own: there is one Vue, and it is the app's.
    for (const text of ['0 samples', 'One sample']) await tab.getByRole('button', { name: text }).click()
    await tab.getByRole('button', { name: '2 samples' }).waitFor()
    expect(await tab.evaluate(element => getComputedStyle(element).outlineColor)).toBe('rgb(1, 2, 3)')
    await page.reload()
    await tab.getByText('Lumi Oy: calm').waitFor()
    await shot('web-parts-tab')
  })

  it('draws the entries of its kind in the timeline', async () => {
    await page.goto(`/clients/${client}?tab=timeline`)
    await page.getByText('Visited: In the yard').waitFor()
  })

  it('has pages that open by their addresses, a link to them and a command', async () => {
    await page.goto('/x/sampler/shelf/9')
    await page.getByRole('heading', { name: 'Shelf 9' }).waitFor()
    await page.getByRole('link', { name: 'Samples', exact: true }).click()
    await page.getByRole('heading', { name: 'Page of samples' }).waitFor()
    await page.getByRole('link', { name: 'Shelf 7' }).click()
    await page.getByRole('heading', { name: 'Shelf 7' }).waitFor()
    await page.keyboard.press('Control+k')
    await page.getByPlaceholder('Name, phone').fill('Shout')
    await page.getByRole('option', { name: 'Shout' }).click()
    await expect.poll(() => page.title()).toBe('Shouted')
    await page.goto('/x/sampler/nowhere')
    await page.getByRole('heading', { name: 'There is no such page' }).first().waitFor()
  })

  it('has a page among the settings and a place at the lower edge', async () => {
    await page.goto('/settings/x/sampler/main')
    await page.getByRole('heading', { name: 'Sampler' }).waitFor()
    await page.getByText('Settings for Aino Virtanen').waitFor()
    await page.getByText('Dock of samples').waitFor()
  })

  it('shows and edits a field its own way, and adds to boards and to the day', async () => {
    await page.evaluate(() => localStorage.setItem('kartotek-columns-client', JSON.stringify(['sampler.mood'])))
    await page.goto('/clients')
    await page.getByText('Feels calm').first().waitFor()
    await page.goto('/clients/new')
    await page.getByLabel('Name', { exact: true }).first().fill('Iloinen Oy')
    await page.getByRole('button', { name: 'merry' }).click()
    await page.getByRole('button', { name: 'Save' }).click()
    await page.waitForURL(/clients\/[0-9a-f-]{36}/)
    const { client: made } = await api<{ client: { sampler: { mood: string } } }>('query ($id: ID!) { client(id: $id) { sampler { mood } } }', { id: /clients\/([0-9a-f-]{36})/.exec(page.url())![1] })
    expect(made.sampler.mood).toBe('merry')
    await api('mutation { createOrder(input: { subject: "Doors" }) { id } }')
    await page.goto('/orders/board')
    await page.getByText(/Foot of order/).first().waitFor()
    await page.goto('/tasks/day')
    await page.getByText('Hello from samples').waitFor()
  })

  it('speaks the language of the interface and stands well on a dark telephone', async () => {
    const { page: phone } = await app.visit({ width: 390, locale: 'fi-FI', colorScheme: 'dark', as: visit.context })
    await api('mutation { updateMe(locale: "fi") { id } }')
    await phone.goto(`/clients/${client}?tab=x:sampler/sample`)
    await phone.getByRole('tab', { name: 'Sen näytteet' }).waitFor()
    await phone.getByRole('button', { name: '0 näytettä' }).waitFor()
    expect(await phone.evaluate(() => document.documentElement.scrollWidth)).toBe(390)
    await shot('web-parts-390-dark', phone)
    await phone.close()
    await api('mutation { updateMe(locale: "en") { id } }')
  })
})

describe('a web part that breaks', () => {
  it('is named to administrators, and the app and the other plugins go on', async () => {
    const { page: fresh } = await app.visit({ as: visit.context })
    await fresh.goto(`/clients/${client}`)
    await fresh.getByText('Side of Lumi Oy').waitFor()
    await fresh.getByText('not loaded: sleeper, stranger, thrower, unbuilt', { exact: false }).first().waitFor()
    await fresh.getByText('thrower: broken at load', { exact: false }).first().waitFor()
    await shot('web-parts-missing', fresh)
    await fresh.close()
  })

  it('may come late', async () => {
    const { page: slow } = await app.visit({ as: visit.context })
    await slow.route('**/plugins/sampler/**', async (route) => {
      await new Promise(resolve => setTimeout(resolve, 6000))
      await route.continue()
    }, { times: 1 })
    await slow.goto('/x/sampler/shelf/9')
    await slow.getByText('sampler: it did not come', { exact: false }).first().waitFor()
    await slow.getByRole('heading', { name: 'Shelf 9' }).waitFor()
    await slow.close()
  })

  it('keeps the failure of a component in its place', async () => {
    await page.goto(`/clients/${broken}`)
    await page.getByText('The plugin “sampler” failed here').waitFor()
    await page.getByText('Side of Rikki Oy').waitFor()
    await page.getByRole('tab', { name: 'Samples of it' }).click()
    await page.getByRole('button', { name: 'Break this' }).click()
    await page.getByText('The plugin “sampler” failed here').first().waitFor()
    await page.getByRole('button', { name: '0 samples' }).waitFor()
  })
})

describe('the server', () => {
  it('lists web parts to those who are signed in, and serves their files for ever', async () => {
    const list = await (await page.request.get('/plugins/index.json')).json() as { id: string, entry: string | null, css: string[] }[]
    const bundled = new Set(['telephony', 'messengers'])
    expect(list.filter(({ id }) => !bundled.has(id)).map(({ id, entry }) => [id, entry !== null])).toEqual([['sampler', true], ['thrower', true], ['sleeper', true], ['unbuilt', false], ['stranger', true]])
    const entry = list.find(({ id }) => id === 'sampler')!.entry!
    const answer = await page.request.get(entry)
    expect(answer.headers()).toMatchObject({ 'content-type': 'text/javascript; charset=utf-8', 'x-content-type-options': 'nosniff', 'cache-control': 'public, max-age=31536000, immutable' })
    expect(answer.headers()['content-security-policy']).toContain(`script-src 'self'`)
    const { page: stranger } = await app.visit()
    expect(await (await stranger.request.get(`${app.url}/plugins/index.json`)).json()).toEqual([])
    await stranger.close()
    const away = async (path: string) => (await fetch(app.url + path)).status
    const base = dirname(entry)
    for (const path of [`${base}/..%2f..%2findex.ts`, `${base}/%2e%2e/%2e%2e/package.json`, `${base}/nothing.js`, `${base.slice(0, -1)}/index.js`, entry.replace('sampler', 'thrower')]) expect(await away(path), path).toBe(404)
  })
})

it('nothing went to other hosts, and the policy was kept', () => {
  expect(app.misdeeds).toEqual([])
})
