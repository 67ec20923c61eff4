import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { openBrowser } from '../src/testing/browser.ts'
import type { BenchData } from './build-data.ts'
import { frameTimes } from './frames.ts'
import type { BenchServer } from './server.ts'
import { count, ms, percentile, type Table } from './table.ts'

/** Pixels per frame: at 60 Hz about 300 rows in a second, as a strong flick of the wheel. */
const STEP = 200
const kB = (bytes: number): string => `${Math.round(bytes / 1000)} kB`

/** The list of all clients in a real browser, signed in: what it loads, when one can begin, and how it scrolls. */
export async function benchWeb(table: Table, server: BenchServer, { accounts, clients }: BenchData, quick: boolean): Promise<void> {
  const browser = await openBrowser()
  try {
    const visitor = await browser.newContext({ baseURL: server.url.href, locale: 'ru-RU' })
    const signedIn = await visitor.request.post('/auth/sign-in', { data: accounts.administrator })
    if (!signedIn.ok()) throw new Error(`The browser of the bench could not sign in: ${signedIn.status()}`)
    await benchFirstLoad(table, browser, visitor, server.url.href, quick ? 3 : 10)
    await benchScroll(table, browser, visitor, server.url.href, clients, quick ? 8 : 60)
  } finally {
    await browser.close()
  }
}

async function openList(browser: Browser, as: BrowserContext, baseURL: string): Promise<{ page: Page, usableMs: number, scripts(): Promise<number[]> }> {
  const context = await browser.newContext({ baseURL, locale: 'ru-RU', viewport: { width: 1440, height: 900 }, storageState: await as.storageState() })
  const page = await context.newPage()
  const bodies: Promise<Buffer>[] = []
  page.on('response', (response) => { if (response.request().resourceType() === 'script') bodies.push(response.body()) })
  await page.addInitScript({ path: fileURLToPath(new URL('in-page.js', import.meta.url)) })
  await page.goto('/clients')
  // Counted by the page itself, from the moment at which the browser leaves for it.
  const usableMs = await page.evaluate<number>('bench.usable')
  return { page, usableMs, scripts: async () => (await Promise.all(bodies)).map((body) => gzipSync(body).length) }
}

async function benchFirstLoad(table: Table, browser: Browser, as: BrowserContext, url: string, rounds: number): Promise<void> {
  const usable: number[] = []
  let first = 0, all = 0
  // The first round compresses the files, as the first visitor after a start does.
  for (let i = -1; i < rounds; i++) {
    const { page, usableMs, scripts } = await openList(browser, as, url)
    first = sum(await scripts())
    await page.waitForLoadState('networkidle')
    all = sum(await scripts())
    if (i >= 0) usable.push(usableMs)
    await page.context().close()
  }
  table.add('scripts until the first row of a list is there, gzip', kB(first), `with what the page loads by itself afterwards ${kB(all)}`, '≤ 300 kB', first <= 300_000)
  table.add('from leaving for the list until its first row, nothing in the cache', `p50 ${ms(percentile(usable, 0.5))}, worst ${ms(Math.max(...usable))}`, 'Chromium on the same machine, signed in', '≤ 1.5 s', percentile(usable, 0.5) <= 1_500)
}

async function benchScroll(table: Table, browser: Browser, as: BrowserContext, url: string, clients: number, seconds: number): Promise<void> {
  const { page } = await openList(browser, as, url)
  const { stamps, rows } = await page.evaluate<{ stamps: [number, boolean][], rows: number }>(`bench.scroll(${STEP}, ${seconds * 1000})`)
  const frames = frameTimes(stamps)
  const late = frames.slice(-Math.ceil(frames.length / 4))
  const p95 = percentile(frames, 0.95)
  table.add(`scrolling fast through a list of ${count(clients)}, time of a frame`, `p50 ${ms(percentile(frames, 0.5))}, p95 ${ms(p95)}, worst ${ms(Math.max(...frames))}`,
    `${count(rows)} rows in ${seconds} s; p95 of the last quarter ${ms(percentile(late, 0.95))}`, 'p95 ≤ 33 ms, at most one of 60 Hz missed', p95 < 34)
  await page.context().close()
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0)
