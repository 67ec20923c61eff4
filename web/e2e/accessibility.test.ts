import { createRequire } from 'node:module'
import { readFileSync } from 'node:fs'
import type { AxeResults } from 'axe-core'
import type { Page } from 'playwright-core'
import { beforeAll, describe, expect, it } from 'vitest'
import { runningApp, setUp, type RunningApp } from './running-app.ts'

const app: RunningApp = await runningApp()
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
let admin: Page
let clientId = ''

declare const window: { innerWidth: number, axe: { run(context: unknown, options: object): Promise<AxeResults> } }

/** WCAG 2.0–2.2, A and AA. One line for each finding, with the place. */
async function findings(page: Page): Promise<string[]> {
  await page.evaluate(axe)
  const { violations } = await page.evaluate(() => window.axe.run(document, {
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'],
  }))
  return violations.flatMap(({ id, nodes }) => nodes.map(node => `${id}: ${node.target.join(' ')} ${node.any[0]?.message ?? node.failureSummary ?? ''}`))
}

async function settled(page: Page): Promise<void> {
  await page.waitForLoadState('networkidle')
  // Popovers and tabs fade in; contrast is judged at the end of it.
  await page.waitForTimeout(300)
}

/** What one touches and would easily miss. */
const tooSmall = (page: Page, path: string): Promise<string[]> => page.evaluate(at => [...document.querySelectorAll<HTMLElement>('main button, main a[data-slot="base"], main input:not([type=checkbox]), main [role=tab]')]
  .filter(element => element.offsetParent && !element.closest('[data-dense]') && element.getBoundingClientRect().height < 43.5)
  .map(element => `${at} ${element.tagName} ${element.getAttribute('aria-label') ?? element.textContent?.trim()} ${Math.round(element.getBoundingClientRect().height)}`), path)

const FILTERED = `/orders?filter=${encodeURIComponent(JSON.stringify({ and: [['dueOn', 'nextDays', 30], ['subject', 'contains', 'a subject that is longer than a phone is wide']] }))}`
const PAGES = ['/clients', FILTERED, '/clients/new', '/orders/new', '/orders/board', '/settings/objects/client', '/settings/pipelines', '/settings/users', '/settings/roles', '/settings/system', '/account']

describe('accessibility', () => {
  beforeAll(async () => {
    admin = (await setUp(app)).page
    await admin.goto('/clients/new')
    await admin.getByLabel('Name', { exact: true }).fill('Korhonen Kuljetus Oy')
    await admin.getByRole('button', { name: 'Save' }).click()
    await admin.waitForURL(/\/clients\/[0-9a-f-]{36}$/)
    clientId = admin.url().split('/').at(-1)!
  })

  it.each([
    ['light', 1440, PAGES], ['dark', 1440, ['/clients', '/orders/board']], ['dark', 390, ['/account']],
  ] as const)('finds nothing on the main pages, %s, %i px', async (colorScheme, width, paths) => {
    const { page, context } = await app.visit({ as: admin.context(), colorScheme, width })
    const found: Record<string, string[]> = {}
    for (const path of [...paths, `/clients/${clientId}`, ...(paths === PAGES ? [`/clients/${clientId}?tab=history`] : [])]) {
      await page.goto(path)
      await settled(page)
      const list = await findings(page)
      if (list.length) found[path] = list
    }
    await context.close()
    expect(found).toEqual({})
  }, 120_000)

  it.each(['/sign-in', '/setup', '/reset-request', '/invitation#token=x'])('finds nothing on %s', async (path) => {
    const { page, context } = await app.visit()
    await page.goto(path)
    await settled(page)
    expect(await findings(page)).toEqual([])
    await context.close()
  })

  it('fits a phone of 390 px: nothing scrolls sideways, what one touches has at least 44 px, or as much room around', async () => {
    // Finnish has the longest words.
    const speak = (locale: string) => admin.evaluate(async (wanted) => {
      await fetch('/graphql', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ query: `mutation { updateMe(locale: "${wanted}") { id } }` }) })
    }, locale)
    await speak('fi')
    const { page, context } = await app.visit({ as: admin.context(), width: 390 })
    const card = `/clients/${clientId}`
    const wide: string[] = [], small: string[] = [], found: Record<string, string[]> = {}
    for (const path of [...PAGES, card, '/settings/company', '/settings/changes']) {
      await page.goto(path)
      await settled(page)
      if (await page.evaluate(() => document.documentElement.scrollWidth > window.innerWidth)) wide.push(path)
      if (['/clients', card, '/orders/board', '/account'].includes(path)) small.push(...await tooSmall(page, path))
      if (!['/clients', card, FILTERED, '/clients/new', '/settings/objects/client'].includes(path)) continue
      const list = await findings(page)
      if (list.length) found[path] = list
    }
    await context.close()
    await speak('en')
    expect({ wide, small, found }).toEqual({ wide: [], small: [], found: {} })
  }, 240_000)

  it('asked no other host for anything and broke no policy', () => {
    expect(app.misdeeds).toEqual([])
  })
})
