// `npm run bench`: makes a company of a million clients and measures what design.md names, each beside a limit of the same run.
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { openDatabase } from '../src/database/index.ts'
import { benchAutomation, benchClock } from './automation.ts'
import { buildData, knownData, log, openCore, type BenchData } from './build-data.ts'
import { benchCalls } from './calls.ts'
import { benchDay } from './day.ts'
import { benchDuplicates, benchScreening } from './duplicates.ts'
import { benchExport } from './export.ts'
import { benchField } from './field.ts'
import { benchImport } from './import.ts'
import { benchIntake } from './intake.ts'
import { benchList } from './list.ts'
import { buildMatchKeys } from './match-keys.ts'
import { benchMessages } from './messages.ts'
import { benchNewcomer } from './newcomer.ts'
import { readOptions, type BenchOptions } from './options.ts'
import { addQueries, queryPlans, timeQueries, type Times } from './queries.ts'
import { benchReports } from './reports.ts'
import { benchSegments } from './segments.ts'
import { BenchServer, type Session } from './server.ts'
import { count, ms, Table } from './table.ts'
import { benchTimeline, buildTimeline } from './timeline.ts'
import { buildVisits } from './visits.ts'
import { benchWeb } from './web.ts'
import { benchWrites } from './writes.ts'

const began = performance.now()
const say = (text: string): void => { console.log(`[${((performance.now() - began) / 1000).toFixed(0)} s] ${text}`) }
const options = readOptions(process.argv.slice(2))
const table = new Table()
const wants = (part: string): boolean => options.only.size === 0 || options.only.has(part)

try {
  let before: Times | null = null
  if (options.growthFrom && wants('queries') && !knownData(options.dataDir)) {
    const data = await buildData(options.dataDir, options.growthFrom, options.clients, say)
    await buildMatchKeys(options.dataDir, data.clients, say)
    before = await withServer(data, async ({ sessions, pool }) => {
      say(`timing the queries at ${count(options.growthFrom)} clients`)
      return timeQueries(await queryPlans(pool, data.people.manager), sessions, pool, data.people.manager, true)
    })
    writeFileSync(`${options.dataDir}/before.json`, JSON.stringify([...before]))
  } else if (existsSync(`${options.dataDir}/before.json`)) before = new Map(JSON.parse(readFileSync(`${options.dataDir}/before.json`, 'utf8')))
  const data = await buildData(options.dataDir, options.clients, options.clients, say)
  await buildMatchKeys(options.dataDir, data.clients, say)
  if (wants('timeline')) await buildTimeline(options.dataDir, data.clients, data.people.manager, options.quick, say)
  if (wants('automation') || wants('reports')) await buildVisits(options.dataDir, data.clients, say)
  await measure(data, before)
  if (wants('newcomer')) { say('newcomer'); await benchNewcomer(table, say) }
  const text = report(options, data)
  console.log(`\n${text}`)
  if (options.write) writeFileSync(options.write, text)
  say('that was all')
} finally {
  const note = `${options.dataDir}/postgresql.json`
  const home = existsSync(note) ? [(JSON.parse(readFileSync(note, 'utf8')) as { home: string }).home] : []
  // For root the database lies outside of the data directory.
  if (!options.keep) for (const path of [...home, options.dataDir]) rmSync(path, { recursive: true, force: true })
}

async function measure(data: BenchData, before: Times | null): Promise<void> {
  await withServer(data, async ({ server, sessions, pool, url }) => {
    if (wants('start')) {
      await new Promise((resolve) => setTimeout(resolve, 3_000))
      table.add('start on existing data, until ready', ms(server.startMs), '', '≤ 3 s', server.startMs <= 3_000)
      table.add('memory of the idle server', `${Math.round(server.memoryMb())} MB`, '', '≤ 256 MB', server.memoryMb() <= 256)
    }
    if (wants('list')) { say('list'); await benchList(table, server, sessions.manager, data.people.manager, url, options.quick) }
    if (wants('queries')) {
      say('queries')
      const plans = await queryPlans(pool, data.people.manager)
      addQueries(table, plans, await timeQueries(plans, sessions, pool, data.people.manager, options.quick), before)
    }
    if (wants('web')) { say('web'); await benchWeb(table, server, data, options.quick) }
    if (wants('timeline')) { say('timeline'); await benchTimeline(table, pool, sessions, data.people.manager, options.quick) }
    if (wants('segments')) { say('segments'); await benchSegments(table, pool, sessions, data.people.manager, options.quick) }
    if (wants('duplicates')) { say('duplicates at entry'); await benchDuplicates(table, pool, sessions, options.quick) }
    if (wants('reports')) { say('reports'); await benchReports(table, pool, sessions, data.people.manager, data.clients, options.quick) }
    if (wants('calls')) { say('incoming calls'); await benchCalls(table, server, pool, sessions, data, options.quick) }
    if (wants('day')) { say('the day'); await benchDay(table, pool, sessions, data, options.quick) }
    if (wants('export')) { say('export'); await benchExport(table, server, sessions.administrator, pool, data.clients) }
    if (wants('automation')) { say('automation'); await benchAutomation(table, pool, sessions.administrator, options.quick) }
    if (wants('writes')) { say('writes'); await benchWrites(table, server, sessions.administrator, url, options.quick) }
    if (wants('field')) { say('custom field'); await benchField(table, sessions.administrator, data, options.dataDir, url) }
    if (wants('start')) table.add('memory of the server after all that', `${Math.round(server.memoryMb())} MB`)
  })
  if (wants('messages')) { say('messages'); await benchMessages(table, options.dataDir, options.quick) }
  if (!['import', 'duplicates', 'intake', 'automation'].some(wants)) return
  const core = await openCore(options.dataDir)
  try {
    if (wants('duplicates')) { say('screening for duplicates'); await benchScreening(table, core, options.quick) }
    if (wants('automation')) { say('rules of the clock'); await benchClock(table, core, options.quick) }
    if (wants('intake')) { say('intake'); await benchIntake(table, core, options.dataDir, data.people, options.quick) }
    if (wants('import')) {
      say('import')
      const from = data.clients + 10_000 * Math.floor(Math.random() * 1_000 + 1)
      await benchImport(table, core, data.people, from, options.quick ? 3_000 : 20_000)
    }
  } finally {
    await core.end()
  }
}

interface Running { server: BenchServer, sessions: Record<'administrator' | 'manager', Session>, pool: import('pg').Pool, url: string }

/** The server process on the data, both people signed in, and a connection of our own to its database. */
async function withServer<T>(data: BenchData, work: (running: Running) => Promise<T>): Promise<T> {
  const server = await BenchServer.start(options.dataDir)
  try {
    const sessions = { administrator: await server.signIn(data.accounts.administrator), manager: await server.signIn(data.accounts.manager) }
    const db = await openDatabase({ dataDir: options.dataDir }, log, { attach: true })
    try {
      return await work({ server, sessions, pool: db.pool, url: db.url })
    } finally {
      for (const session of Object.values(sessions)) session.end()
      await db.close()
    }
  } finally {
    await server.stop()
  }
}

function report({ quick, clients }: BenchOptions, data: BenchData): string {
  return [
    '# Speed', '',
    `\`npm run bench${quick && clients === 100_000 ? ' -- --quick' : ''}\`: ${count(data.clients)} clients with 50 custom fields, ${count(data.clients * 2)} orders, ${count(data.clients * 2)} contact points; the manager owns 0.05 % of the clients.`,
    `A machine with ${cpus().length} cores and ${Math.round(totalmem() / 2 ** 30)} GB of memory; PostgreSQL embedded, with fsync. Times of queries are from request to answer, over HTTP.`, '',
    table.text(), '',
  ].join('\n')
}
