import { InputError, type Locale } from '@kartotek/sdk'
import { authRouter, isSameOrigin } from './accounts/index.ts'
import { VERSION, filesDirectory, lastUrl, pluginsDirectory, publicUrl, rememberUrl, type Config, type Logger } from './config/index.ts'
import { databaseHealth, StartError, type Database } from './database/index.ts'
import { exportsRouter } from './export/routes.ts'
import { filesRouter } from './files/routes.ts'
import { collectAfterStart } from './garbage.ts'
import { graphiqlRouter } from './graphiql/router.ts'
import { Sockets } from './graphql/sockets.ts'
import { createHttp, type HealthReport, type Http } from './http/index.ts'
import { uploadsRouter } from './import/index.ts'
import { formsRouter } from './intake/form-route.ts'
import { failedJobsHealth, watchWork } from './jobs/index.ts'
import { openKartotek, type Kartotek } from './kartotek.ts'
import { deliveryHealth } from './notifications/deliver.ts'
import { calendarRouter } from './tasks/calendar-route.ts'
import type { RunningServer, StartOptions } from './cli/start.command.ts'
import { privacyRouter } from './privacy/routes.ts'
import { reportsRouter } from './reports/routes.ts'

/** The composition root: settings and database → features and plugins → model → web server. The database is closed with it. */
export async function startServer(config: Config, db: Database, { demo, safeMode, strict, bundled, log }: StartOptions): Promise<RunningServer> {
  const closing: (() => Promise<void>)[] = [() => db.close()]
  const close = async (): Promise<void> => { for (const step of closing.reverse()) await step().catch((error: Error) => log.error({ err: error }, 'a part did not stop well')) }
  const worker = config.role === 'worker'
  try {
    const parts: { kartotek?: Kartotek } = {}
    const http = createHttp({ config, log, health: () => health(parts.kartotek!), ...(worker ? { webDir: false as const } : {}) })
    let port = config.port
    // Links lead to where people sign in, which a worker learns from the web node.
    const url = (): string => worker ? lastUrl(config) : publicUrl(config, port)
    const kartotek = parts.kartotek = await openKartotek({
      db, log, secret: config.secret, filesDir: filesDirectory(config), role: config.role, plugins: config.plugins, bundled, pluginsDir: pluginsDirectory(config), safeMode, strict, webhooks: { networks: config.webhookNetworks },
      accounts: { publicUrl: url, smtpUrl: config.smtpUrl, trustProxy: http.app.get('trust proxy fn') as never },
    })
    closing.push(() => kartotek.close())
    await kartotek.start()
    watchWork(http.metrics.registry, db)
    http.metrics.watchPool(db.pool)
    const demoSignIn = demo ? await fillDemo(kartotek, demo, log) : undefined
    if (demoSignIn) kartotek.accounts.deps.demo = demoSignIn
    const setup = worker ? undefined : await setupLink(kartotek, config)
    closing.push(() => http.close())
    if (!worker) closing.push(await takeRequests(http, kartotek, url, log))
    const listening = await http.listen()
    port = listening.port
    if (!worker) rememberUrl(config, listening.url)
    collectAfterStart()
    return { url: listening.url, ...(setup ? { setupUrl: relocated(setup, listening.url) } : {}), ...(demoSignIn ? { signIn: demoSignIn } : {}), close }
  } catch (error) {
    await close()
    throw error
  }
}

/** Everything that people and programs ask for; a worker tells only how it is. @returns what ends the sockets */
async function takeRequests(http: Http, kartotek: Kartotek, url: () => string, log: Logger): Promise<() => Promise<void>> {
  const { accounts, api, db, engine, files, host, uploads } = kartotek
  const sameOrigin = (request: Parameters<typeof isSameOrigin>[0]): boolean => isSameOrigin(request, url())
  const trustProxy = http.app.get('trust proxy fn') as never
  http.mount('/auth', authRouter(accounts))
  http.mount('/uploads', uploadsRouter({ engine, uploads, authenticate: accounts.authenticate, sameOrigin, maxFileBytes: () => files.maxBytes }))
  http.mount('/contents', filesRouter({ engine, files, authenticate: accounts.authenticate }))
  http.mount('/exports', exportsRouter({ engine, db, authenticate: accounts.authenticate }))
  http.mount('/plugins', host.webRouter({ authenticate: accounts.authenticate, sameOrigin }))
  http.mount('/plugins', host.router({ authenticate: accounts.authenticate, sameOrigin, publicUrl: url }))
  http.mount('/calendar', calendarRouter({ engine, limits: accounts.limits, publicUrl: url, trustProxy }))
  http.mount('/forms', formsRouter({ engine, limits: accounts.limits, trustProxy }))
  http.mount('/personal-data', privacyRouter({ engine, authenticate: accounts.authenticate, ofPlugins: kartotek.personalData }))
  http.mount('/reports', reportsRouter({ engine, db, authenticate: accounts.authenticate }), { page: true })
  http.mount('/graphql', api.router(sameOrigin))
  http.mount('/graphiql', graphiqlRouter(accounts.authenticate))
  const sockets = new Sockets({ api, accounts, allowedOrigin: sameOrigin, log })
  sockets.attach(http.server)
  const stopWatching = await accounts.watchAccess((userId) => sockets.drop(userId))
  return async () => {
    await stopWatching()
    await sockets.close()
  }
}

/** Makes the first administrator of the settings, or the link to the page that does. */
async function setupLink({ accounts }: Kartotek, { admin }: Config): Promise<string | undefined> {
  const first = await accounts.ensureFirstAdministrator(admin).catch((error: Error) => {
    throw error instanceof InputError ? new StartError(`KARTOTEK_ADMIN_PASSWORD does not fit: ${error.message}`) : error
  })
  return first.kind === 'link' ? first.url : undefined
}

/** With PORT=0 the port is known only now. */
function relocated(link: string, url: string): string {
  const { pathname, search, hash } = new URL(link)
  return `${url}${pathname}${search}${hash}`
}

async function health({ db, host }: Kartotek): Promise<HealthReport> {
  const { ready, problems } = await databaseHealth(db)
  return { ready, versions: { kartotek: VERSION, postgresql: db.version, node: process.versions.node }, problems: [...problems, ...ready ? [...await failedJobsHealth(db), ...await deliveryHealth(db)] : [], ...host.health] }
}

async function fillDemo({ engine, settings, accounts, db }: Kartotek, locale: Locale, log: Logger): Promise<{ email: string, password: string } | undefined> {
  const { rowCount } = await db.pool.query('select 1 from core.client limit 1')
  if (rowCount) {
    log.warn('The database is not empty: the demo company was not loaded.')
    return undefined
  }
  log.info({ locale }, 'loading the demo company')
  const { loadDemo } = await import('./demo/index.ts')
  const loaded = await loadDemo({
    engine, updateCompany: (patch) => settings.updateCompany(patch, null), setPassword: (id, password) => accounts.setPassword(id, password),
  }, { locale })
  return loaded.signIn
}

