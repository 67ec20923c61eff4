import { mkdtemp, rm } from 'node:fs/promises'
import { execFileSync, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BrowserContext, Locator, Page } from 'playwright-core'
import { afterAll, afterEach } from 'vitest'
import { openBrowser } from '../../core/src/testing/browser.ts'
import { dropTestDatabase, testDatabaseUrl } from '../../core/src/testing/index.ts'

export interface Visit { page: Page, context: BrowserContext }
export interface VisitOptions {
  width?: number
  /** The visitor's language. @default 'en-GB' */
  locale?: string
  colorScheme?: 'light' | 'dark'
  /** @default true */
  javaScript?: boolean
  /** Continues as who is signed in there. */
  as?: BrowserContext
}

export interface RunningApp {
  url: string
  /** The one-time link for the first administrator. */
  setupUrl: string
  /** The database of the server, for what disturbs it from outside. */
  databaseUrl: string
  /** Opens a browser of its own for one person. */
  visit(options?: VisitOptions): Promise<Visit>
  /** What pages did that they must not: requests to other hosts, errors on the console, refused by the policy. */
  misdeeds: string[]
}

/**
 * A real server on a new database of its own, with the built web app, and real Chromium.
 * @param plugins folders of plugins that run in it
 * @param settings further settings of the server
 * @param hosts names that the browsers know, and their addresses
 */
export async function runningApp({ plugins = [], settings = {}, hosts = {} }: { plugins?: string[], settings?: Record<string, string>, hosts?: Record<string, string> } = {}): Promise<RunningApp> {
  const server = await startServer({ KARTOTEK_PLUGINS: plugins.join(','), ...settings })
  const browser = await openBrowser(hosts)
  const misdeeds: string[] = []
  // What a person would have seen says more than a wait that was too long.
  afterEach(async ({ task }) => {
    if (task.result?.state !== 'fail') return
    for (const page of browser.contexts().flatMap(context => context.pages())) console.error(`${page.url()} says:\n${await page.locator('body').innerText({ timeout: 5_000 }).catch(String)}`)
  })
  afterAll(async () => {
    await browser.close()
    await server.stop()
  })

  return {
    url: server.url,
    setupUrl: server.setupUrl,
    databaseUrl: server.databaseUrl,
    misdeeds,
    async visit({ width = 1440, locale = 'en-GB', colorScheme = 'light', javaScript = true, as } = {}) {
      const phone = width < 500
      const context = await browser.newContext({
        baseURL: server.url, locale, colorScheme, javaScriptEnabled: javaScript, viewport: { width, height: phone ? 844 : 900 }, hasTouch: phone, isMobile: phone, reducedMotion: 'reduce',
        ...(as ? { storageState: await as.storageState() } : {}),
      })
      const page = await context.newPage()
      page.setDefaultTimeout(60_000)
      typeSurely(page)
      watch(page, server.url, misdeeds)
      return { page, context }
    },
  }
}

/** Builds the web part of a plugin as `npm start` does, and gives back the plugin's folder. */
export function withWebPart(folder: string): string {
  execFileSync(process.execPath, [join(import.meta.dirname, '../../node_modules/vite/bin/vite.js'), 'build', '--logLevel', 'error'], { cwd: join(folder, 'web'), stdio: 'inherit' })
  return folder
}

/** Operations of the API as who is signed in on the page: for what a test needs to be there and does not look at. */
export function apiOf(page: () => Page): <Data>(query: string, variables?: object) => Promise<Data> {
  return async <Data>(query: string, variables: object = {}) => {
    const { data, errors } = await page().evaluate(async ([text, values]) => {
      const answer = await fetch('/graphql', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ query: text, variables: values }) })
      return await answer.json() as { data: unknown, errors?: { message: string }[] }
    }, [query, variables] as const)
    if (errors) throw new Error(errors.map(({ message }) => message).join(' '))
    return data as Data
  }
}

/** `kartotek start` as a process of its own, on a new database. What it prints is what an operator reads. */
async function startServer(settings: Record<string, string>): Promise<{ url: string, setupUrl: string, databaseUrl: string, stop(): Promise<void> }> {
  // As the first start of one leaves it, which core/e2e/start.test.ts makes from nothing.
  const databaseUrl = await testDatabaseUrl('crm')
  const dataDir = await mkdtemp(join(tmpdir(), 'kartotek-e2e-'))
  const child = spawn(process.execPath, [join(import.meta.dirname, '../../core/bin/kartotek.js'), 'start'], {
    env: { ...process.env, PORT: '0', DATABASE_URL: databaseUrl, KARTOTEK_DATA_DIR: dataDir, LOG_LEVEL: process.env.LOG_LEVEL ?? 'warn', ...settings },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = new Promise<void>(resolve => child.once('exit', () => resolve()))
  const stop = async () => {
    child.kill('SIGTERM')
    await ended
    await dropTestDatabase(databaseUrl)
    await rm(dataDir, { recursive: true, force: true })
  }
  let url = ''
  for await (const line of createInterface(child.stdout)) {
    url ||= /Kartotek is ready: (\S+)/.exec(line)?.[1] ?? ''
    const setupUrl = /(http\S+\/setup\S+)/.exec(line)?.[1]
    if (url && setupUrl) {
      child.stdout.resume()
      return { url, setupUrl, databaseUrl, stop }
    }
  }
  await stop()
  throw new Error('The server ended before it was ready.')
}

function watch(page: Page, origin: string, misdeeds: string[]): void {
  const socketOrigin = origin.replace('http', 'ws')
  page.on('request', (request) => {
    const url = request.url()
    if (!url.startsWith(origin) && !/^(data|blob):/.test(url)) misdeeds.push(`request to ${url}`)
  })
  page.on('websocket', (socket) => { if (!socket.url().startsWith(socketOrigin)) misdeeds.push(`socket to ${socket.url()}`) })
  page.on('pageerror', error => misdeeds.push(`error ${error.message}`))
  page.on('console', (message) => { if (message.type() === 'error' && !/status of (401|4\d\d)/.test(message.text())) misdeeds.push(`console ${message.text()}`) })
}

export const ADMIN = { name: 'Aino Virtanen', email: 'aino@example.com', password: 'seven quiet herons by the lake' }

let surely = false
/** A menu that closes takes the keyboard back to its button. Who types at that very moment, as no person does, types once more. */
function typeSurely(page: Page): void {
  if (surely) return
  surely = true
  const locator = Object.getPrototypeOf(page.locator('body')) as Locator
  const fill = locator.fill
  locator.fill = async function (this: Locator, value, options) {
    await fill.call(this, value, options)
    if (value && await this.inputValue().catch(() => value) === '') await fill.call(this, value, options)
  }
}

const COMPANY = { name: 'Aalto Trading Oy', country: 'GB', baseCurrency: 'GBP', locale: 'en', timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone }

/** A company and its first administrator, who is signed in and looks at the clients; made as the set-up page makes them, which {@link setUpByPage} goes through. */
export async function setUp(app: RunningApp): Promise<Visit> {
  const visit = await app.visit()
  const { request } = visit.context
  const token = new URLSearchParams(new URL(app.setupUrl).hash.slice(1)).get('token')
  const post = async (path: string, data: object): Promise<void> => {
    const answer = await request.post(path, { data, headers: { origin: app.url } })
    if (!answer.ok() || (await answer.text()).includes('"errors"')) throw new Error(`The set-up failed: ${await answer.text()}`)
  }
  await post('/auth/setup', { token, ...ADMIN, locale: COMPANY.locale })
  await post('/graphql', { query: 'mutation ($input: CompanyInput!) { updateCompany(input: $input) { name } }', variables: { input: COMPANY } })
  await visit.page.goto('/clients')
  return visit
}

/** The same by the page that the link of the first start opens. */
export async function setUpByPage(app: RunningApp): Promise<Visit> {
  const visit = await app.visit()
  const { page } = visit
  await page.goto(app.setupUrl)
  await page.getByLabel('Company name').fill(COMPANY.name)
  await page.getByLabel('Your name').fill(ADMIN.name)
  await page.getByLabel('E-mail').fill(ADMIN.email)
  await page.getByLabel('New password').fill(ADMIN.password)
  await page.getByRole('button', { name: 'Start working' }).click()
  await page.waitForURL('**/clients').catch(async (error: Error) => {
    throw new Error(`The set-up did not lead into the app. The page says: ${await page.locator('body').innerText()}`, { cause: error })
  })
  return visit
}
