import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { PluginDefinition } from '@kartotek/sdk'
import { startRegistry, tarball, type Fixture } from '../../core/src/plugins/packages/fixtures/registry.ts'
import { SDK_VERSION } from '../../core/src/plugins/discovery.ts'
import { manifestOf } from '../../core/src/plugins/static-manifest.ts'
import { apiOf, runningApp, setUp, type RunningApp } from './running-app.ts'

const registry = await startRegistry()
/** A registry that takes every question and answers none, for as long as it is told to. */
let hangs = false
const door = createServer((request, response) => {
  if (hangs) return
  void fetch(registry.url + request.url!).then(async (answer) => { response.writeHead(answer.status).end(Buffer.from((await answer.arrayBuffer()))) })
})
await new Promise<void>((done) => { door.listen(0, '127.0.0.1', done) })
const dir = mkdtempSync(join(tmpdir(), 'kartotek-plugins-page-'))
const app: RunningApp = await runningApp({ settings: { npm_config_registry: `http://127.0.0.1:${(door.address() as AddressInfo).port}`, npm_config_cache: join(dir, 'cache') } })
afterAll(async () => {
  await database.end()
  door.closeAllConnections()
  door.close()
  await registry.close()
  rmSync(dir, { recursive: true })
})
const shot = async (page: Page, name: string) => { if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/${name}.png` }) }
let page: Page
beforeAll(async () => { page = (await setUp(app)).page })

const label = { en: 'X' }
function packed(version: string, more: Partial<PluginDefinition> = {}): Fixture {
  const definition = {
    id: 'book-shelf', version, label, outbound: ['https://books.example'], needs: { client: ['read'] },
    objects: [{ name: 'novel', plural: 'novels', label, labelPlural: label, title: 'name', fields: [{ name: 'name', type: 'text', label }, { name: 'reader', type: 'reference', to: 'client', label }] }], ...more,
  } as PluginDefinition
  return {
    json: { name: 'book-shelf', version, type: 'module', exports: './index.js' },
    files: { 'index.js': `export default ${JSON.stringify(definition)}`, 'kartotek.plugin.json': JSON.stringify(manifestOf(definition, SDK_VERSION)) },
  }
}
async function shelf(version = '1.0.0'): Promise<string> {
  const file = join(dir, `book-shelf-${version}.tgz`)
  writeFileSync(file, await tarball(packed(version)))
  return file
}
/** A plugin that lacks another one. */
async function other(): Promise<string> {
  const file = join(dir, 'poems.tgz')
  const poem = { name: 'poem', plural: 'poems', label, labelPlural: label, title: 'name', fields: [{ name: 'name', type: 'text', label }, { name: 'reader', type: 'reference', to: 'client', label }] }
  writeFileSync(file, await tarball({ ...packed('1.0.0', { id: 'poems', objects: [poem], dependsOn: { library: { range: '^1.0' } } } as Partial<PluginDefinition>), json: { name: 'poems', version: '1.0.0', type: 'module', exports: './index.js' } }))
  return file
}
const speak = async (locale: string) => {
  const api = apiOf(() => page)
  const { me } = await api<{ me: { id: string } }>('{ me { id } }')
  await api('mutation ($id: ID!, $locale: String!) { updateUser(id: $id, input: { locale: $locale }) { id } }', { id: me.id, locale })
}
const database = new pg.Pool({ connectionString: app.databaseUrl, max: 1 })
const row = (name: string) => page.getByRole('listitem').filter({ hasText: name })
async function act(plugin: string, action: string): Promise<void> {
  await page.getByRole('button', { name: `Actions for ${plugin}` }).click()
  await page.getByRole('menuitem', { name: action }).click()
}

it('administrators see plugins, add one after its plan, disable and remove one, and never see a secret', async () => {
  await page.goto('/settings/plugins')
  await row('bundled:telephony').waitFor()
  await shot(page, 'plugins')

  await page.getByRole('button', { name: 'Add a plugin' }).click()
  await page.getByLabel('Or a file (.tgz)').last().setInputFiles(await shelf())
  await page.getByRole('button', { name: 'Show what it would change' }).click()
  await page.getByText('https://books.example').waitFor()
  await page.getByText('novel.name').waitFor()
  await shot(page, 'plugins-plan')
  await page.getByRole('button', { name: 'Add and grant what is listed' }).click()
  await row('package:book-shelf@1.0.0').getByText('from the next start').waitFor()

  await act('book-shelf', 'Disable')
  await row('book-shelf').getByText('disabled', { exact: true }).waitFor()
  await act('book-shelf', 'Remove')
  await page.getByRole('radio', { name: 'Delete' }).click()
  await page.getByText('stored package').waitFor()
  await shot(page, 'plugins-remove')
  await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click()
  await row('book-shelf').waitFor({ state: 'detached' })

  await act('telephony', 'Settings')
  const dialog = page.getByRole('dialog')
  const secret = dialog.locator('input[type=password]').first()
  await secret.fill('a very secret key')
  await dialog.getByRole('button', { name: 'Save' }).click()
  await dialog.waitFor({ state: 'detached' })
  await act('telephony', 'Settings')
  await dialog.getByText('It is set and never shown').first().waitFor()
  expect(await secret.inputValue()).toBe('')
  await shot(page, 'plugins-settings')

  const { page: phone, context } = await app.visit({ width: 390, colorScheme: 'dark', locale: 'fi-FI', as: page.context() })
  await phone.goto('/settings/plugins')
  await phone.getByText('bundled:telephony').waitFor()
  expect(await phone.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390)
  await shot(phone, 'plugins-phone')
  await context.close()
  expect(app.misdeeds).toEqual([])
})

it('upgrades from the registry and from a file, shows how far it is, and gives up at a click', async () => {
  await registry.publish(packed('1.0.0'))
  await page.goto('/settings/plugins')
  await page.getByRole('button', { name: 'Add a plugin' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Name of the package in npm').fill('book-shelf')
  hangs = true
  await dialog.getByRole('button', { name: 'Show what it would change' }).click()
  await dialog.getByText('Looking it up in the registry').waitFor()
  await shot(page, 'plugins-fetch')
  await dialog.getByRole('button', { name: 'Stop' }).click()
  await dialog.getByLabel('Name of the package in npm').waitFor()
  expect(await dialog.getByRole('alert').count()).toBe(0)
  hangs = false
  // The server has given up, too: it takes the next one.
  await expect.poll(async () => (await database.query('select from core.plugin_fetch')).rowCount).toBe(0)
  await dialog.getByRole('button', { name: 'Show what it would change' }).click()
  await dialog.getByRole('button', { name: 'Add and grant what is listed' }).click()
  await row('package:book-shelf@1.0.0').waitFor()

  await act('book-shelf', 'Upgrade')
  await dialog.getByRole('button', { name: 'Look for a newer version' }).click()
  await dialog.getByText('There is no newer version.').waitFor()
  await registry.publish(packed('1.1.0', { outbound: [], needs: { client: ['read', 'update'] } }))
  await dialog.getByRole('button', { name: 'Look for a newer version' }).click()
  await dialog.getByText('Version 1.1.0 is there.').waitFor()
  await shot(page, 'plugins-upgrade')
  await dialog.getByRole('button', { name: 'Show what it would change' }).click()
  await dialog.getByText('1.0.0 → 1.1.0').waitFor()
  await dialog.getByText('right of its background code client (read, change)').waitFor()
  await dialog.getByText('It counts from the next start').waitFor()
  await dialog.getByRole('button', { name: 'Upgrade and grant what is listed' }).click()
  await row('package:book-shelf@1.1.0').getByText('from the next start').waitFor()

  await act('book-shelf', 'Upgrade')
  await dialog.getByLabel('Or a file (.tgz)').last().setInputFiles(await shelf('2.0.0'))
  await dialog.getByRole('button', { name: 'Show what it would change' }).click()
  await dialog.getByText('1.1.0 → 2.0.0').waitFor()
  await dialog.getByRole('button', { name: 'Upgrade and grant what is listed' }).click()
  await row('package:book-shelf@2.0.0').waitFor()
  await act('book-shelf', 'Upgrade')
  await dialog.getByText('It came from a file').waitFor()
  await dialog.getByRole('button', { name: 'Cancel' }).click()
  expect(app.misdeeds).toEqual([])
})

it('tells in the language of the reader what would change and what went wrong', async () => {
  await database.query(`insert into core.plugin_log (plugin, kind, name, message, times, gave_up) values
    ('book-shelf', 'start', 'tables migrated', 'It did not end within 300 s.', 3, false), ('book-shelf', 'job', 'sync', 'The shop is closed.', 1, true)`)
  await speak('ru')
  for (const [width, colorScheme] of [[1440, 'light'], [1440, 'dark'], [390, 'light'], [390, 'dark']] as const) {
    const { page: russian, context } = await app.visit({ width, colorScheme, as: page.context() })
    await russian.goto('/settings/plugins')
    const menu = async (action: string) => {
      await russian.getByRole('button', { name: 'Действия с book-shelf' }).click()
      await russian.getByRole('menuitem', { name: action }).click()
    }
    await menu('Журнал')
    const dialog = russian.getByRole('dialog')
    await dialog.getByText('Запуск · таблицы').waitFor()
    await dialog.getByText('Не уложилось в 300 с.').waitFor()
    await dialog.getByText('3 раза').waitFor()
    await dialog.getByText('Фоновое задание · sync').waitFor()
    await dialog.getByText('попытки исчерпаны').waitFor()
    await shot(russian, `plugins-log-${width}-${colorScheme}`)
    await dialog.getByRole('button', { name: 'Закрыть' }).last().click()
    await menu('Обновить')
    await dialog.locator('input[type=file]').setInputFiles(await shelf('3.0.0'))
    await dialog.locator('button[type=submit]').click()
    await dialog.getByText('2.0.0 → 3.0.0').waitFor()
    await shot(russian, `plugins-upgrade-${width}-${colorScheme}`)
    await dialog.getByRole('button', { name: 'Отмена' }).click()
    await russian.getByRole('button', { name: 'Добавить плагин' }).click()
    await dialog.locator('input[type=file]').setInputFiles(await other())
    await dialog.locator('button[type=submit]').click()
    await dialog.getByText('обращается к узлу https://books.example').waitFor()
    await dialog.getByText('право его фоновой работы client (чтение)').waitFor()
    await dialog.getByText('поле poem.reader (Связь с записью → client)').waitFor()
    await dialog.getByText('Ему нужен плагин library ^1.0, которого здесь нет.').waitFor()
    expect(await russian.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width)
    await shot(russian, `plugins-plan-${width}-${colorScheme}`)
    await context.close()
  }
  await speak('en')
  expect(app.misdeeds).toEqual([])
})

it('offers nothing of plugins that nobody has set up, but in the settings, and all of it once somebody has', async () => {
  const calls = page.getByRole('link', { name: 'Call log' })
  await page.goto('/settings/plugins')
  await page.getByRole('link', { name: 'Telephony' }).waitFor()
  expect(await page.getByRole('link', { name: /^(Conversations|Messages|Calls|Missed calls|Call log|Calling round|Web forms)$/ }).allInnerTexts()).toEqual([])
  // An address that somebody has goes on opening.
  await page.goto('/x/telephony')
  await page.getByRole('heading', { name: 'Call log' }).waitFor()
  expect(await calls.count()).toBe(0)
  await page.goto('/settings/plugins')
  await act('telephony', 'Settings')
  await page.getByRole('dialog').getByLabel('Twilio: Auth Token').fill('a token')
  await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click()
  await calls.waitFor()
  await shot(page, 'plugins-set-up')
  expect(app.misdeeds).toEqual([])
})

it('lays notices over the head of the page, never over the foot of a dialog', async () => {
  for (const [width, colorScheme] of [[1440, 'light'], [390, 'dark']] as const) {
    const { page: own, context } = await app.visit({ width, colorScheme, as: page.context() })
    await own.goto('/settings/plugins')
    for (const action of ['Disable', 'Enable', 'Disable']) {
      await own.getByRole('button', { name: 'Actions for book-shelf' }).click()
      await own.getByRole('menuitem', { name: action }).click()
    }
    await own.getByRole('button', { name: 'Actions for messengers' }).click()
    await own.getByRole('menuitem', { name: 'Settings' }).click()
    const save = own.getByRole('dialog').getByRole('button', { name: 'Save' })
    await save.waitFor()
    await shot(own, `toasts-${width}`)
    const notices = own.locator('[data-slot=viewport] [role=status], [data-slot=viewport] li')
    await notices.first().waitFor()
    const foot = (await save.boundingBox())!
    for (const box of await Promise.all((await notices.all()).map(one => one.boundingBox()))) if (box) expect(box.y + box.height).toBeLessThan(foot.y)
    await own.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click()
    await own.getByRole('button', { name: 'Actions for book-shelf' }).click()
    await own.getByRole('menuitem', { name: 'Enable' }).click()
    await context.close()
  }
})
