import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { PluginDefinition } from '@kartotek/sdk'
import { tarball } from '../../core/src/plugins/packages/fixtures/registry.ts'
import { SDK_VERSION } from '../../core/src/plugins/discovery.ts'
import { manifestOf } from '../../core/src/plugins/static-manifest.ts'
import { runningApp, setUp, type RunningApp } from './running-app.ts'

const app: RunningApp = await runningApp()
const dir = mkdtempSync(join(tmpdir(), 'kartotek-plugins-page-'))
afterAll(() => rmSync(dir, { recursive: true }))
const shot = async (page: Page, name: string) => { if (process.env.SHOTS) await page.screenshot({ path: `${process.env.SHOTS}/${name}.png` }) }
let page: Page
beforeAll(async () => { page = (await setUp(app)).page })

async function shelf(): Promise<string> {
  const label = { en: 'X' }
  const definition = {
    id: 'book-shelf', version: '1.0.0', label, outbound: ['https://books.example'],
    objects: [{ name: 'novel', plural: 'novels', label, labelPlural: label, title: 'name', fields: [{ name: 'name', type: 'text', label }] }],
  } as PluginDefinition
  const file = join(dir, 'book-shelf.tgz')
  writeFileSync(file, await tarball({
    json: { name: 'book-shelf', version: '1.0.0', type: 'module', exports: './index.js' },
    files: { 'index.js': `export default ${JSON.stringify(definition)}`, 'kartotek.plugin.json': JSON.stringify(manifestOf(definition, SDK_VERSION)) },
  }))
  return file
}
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
