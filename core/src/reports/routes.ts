import express, { type Request, type Router } from 'express'
import { InputError, textIn, type Filter } from '@kartotek/sdk'
import type { Caller } from '../access/caller.ts'
import { writeAccessLog } from '../accounts/access-log.ts'
import type { Database } from '../database/index.ts'
import { csvStyle, inTurn, sendFile, tableFile, takingFiles, type Authenticate, type FileFormat, type Table } from '../export/download.ts'
import { objectOf } from '../model/model.ts'
import type { Engine } from '../records/engine.ts'
import type { Reading } from '../records/reading.ts'
import { countRecords } from '../records/rows.ts'
import type { Cell } from '../spreadsheets/index.ts'
import { completenessReport, completenessRows, type CompletenessArguments } from './completeness.ts'
import { informationFor, STATES } from './information.ts'
import { ownerPeriods, ownerTotals, type OwnerArguments, type OwnerPeriod, type OwnerTotal } from './owners.ts'
import { stageReport, type StageReport, type StageTimes } from './stages.ts'
import { CYCLE, FILE_NAMES, heads, OWNERS, stageHeads, STATE_WORDS, SUMMARY } from './words.ts'
import { workReport, type Sum, type WorkDay } from './work.ts'

export interface ReportsRouterDeps {
  engine: Engine
  db: Pick<Database, 'pool'>
  authenticate: Authenticate
}

/** A report as a table, what its file is called, and what the access log is told of it. */
interface Report extends Table { name: string, detail: Record<string, unknown> }

/**
 * Reports as files, mounted below `/reports`, for who has `export.run`, with his rights; each is noted in the access log:
 * `GET /work.csv?from=…&to=…&people=…`, `GET /completeness.csv?filter=…&kinds=…&staleDays=…&groupBy=…`,
 * `GET /owners.csv?from=…&to=…&people=…&filter=…`, `GET /stages.csv?object=…&pipeline=…&from=…&to=…&working=true&filter=…`, all as `.xlsx`, too. Of how complete clients are, and of owners, a workbook has the summary on its first sheet; `part=summary` is the summary alone.
 */
export function reportsRouter({ engine, db, authenticate }: ReportsRouterDeps): Router {
  const router = express.Router()
  const send = (path: keyof typeof FILE_NAMES, make: (current: () => Promise<Reading>, request: Request, format: FileFormat) => Promise<Report>): void => {
    for (const format of ['csv', 'xlsx'] as FileFormat[]) {
      router.get(`/${path}.${format}`, async (request, response) => {
        const { caller, current } = await takingFiles(engine, authenticate, request)
        await inTurn(async () => {
          const { name, detail, ...table } = await make(current, request, format)
          await note(caller, { report: path, format, columns: table.header, ...detail })
          await sendFile(response, tableFile(table, format, csvStyle(await current())), `${name}.${format}`, format, path)
        })
      })
    }
  }
  const note = (caller: Caller, detail: Record<string, unknown>): Promise<void> => writeAccessLog(db, { kind: 'exported', userId: caller.actor.userId, ip: caller.ip, detail })

  send('work', async (current, request) => {
    const reading = await current()
    const [from, to, people] = [given(request, 'from') ?? '', given(request, 'to') ?? '', given(request, 'people')]
    const days = await workReport(reading, { from, to, people: people ? people.split(',') : null })
    const { header, cells } = workTable(reading, days)
    const sheet = FILE_NAMES.work[reading.locale]
    return { name: `${sheet} ${from === to ? from : `${from} – ${to}`}`, sheet, header, rows: once(days.map(cells)), detail: { from, to, records: days.length, exact: true, narrowed: Boolean(people) } }
  })

  send('completeness', async (current, request, format) => {
    const [filter, kinds, staleDays, groupBy, part] = ['filter', 'kinds', 'staleDays', 'groupBy', 'part'].map((key) => given(request, key))
    const args: CompletenessArguments = { filter: filter ? parsed(filter) : null, kinds: kinds ? kinds.split(',') : null, staleDays: staleDays ? Number(staleDays) : null, groupBy: groupingOf(groupBy) }
    const reading = await current()
    if (part !== undefined && part !== 'summary') throw new InputError('There is no such part.')
    const summary = part || format === 'xlsx' ? summaryTable(reading, await completenessReport(reading, args), args) : null
    const { value: records } = await countRecords(reading, objectOf(reading.generation.model, 'client'), args.filter ? { filter: args.filter } : {}, true)
    const detail = { object: 'client', records, exact: true, narrowed: Boolean(filter) }
    if (part) return { name: `${FILE_NAMES.completeness[reading.locale]} – ${summary!.sheet}`, ...summary!, detail: { ...detail, part } }
    const first = await completenessRows(reading, { ...args, first: 200 })
    const { header, cells } = completenessTable(reading, first.nodes[0]?.states.map((state) => state.kind) ?? [])
    async function* rows(): AsyncGenerator<Cell[][]> {
      for (let page = first; ; page = await completenessRows(await current(), { ...args, first: 200, after: page.endCursor })) {
        yield page.nodes.map(cells)
        if (!page.hasNextPage) return
      }
    }
    const sheet = FILE_NAMES.completeness[reading.locale]
    return { name: sheet, sheet, header, rows: rows(), ...(summary ? { before: summary } : {}), detail }
  })

  send('stages', async (current, request) => {
    const reading = await current()
    const [object, pipeline, from, to, working, filter] = ['object', 'pipeline', 'from', 'to', 'working', 'filter'].map((key) => given(request, key))
    if (working && working !== 'true' && working !== 'false') throw new InputError('"working" is true or false.')
    const report = await stageReport(reading, { object: object ?? 'order', pipeline, from, to, workingTime: working === 'true', filter: filter ? parsed(filter) : null })
    const sheet = FILE_NAMES.stages[reading.locale]
    const { header, rows } = stageTable(reading, object ?? 'order', report)
    return { name: from || to ? `${sheet} ${from ?? ''}–${to ?? ''}` : sheet, sheet, header, rows: once(rows), detail: { object: object ?? 'order', from, to, records: rows.length, exact: true, narrowed: Boolean(filter) } }
  })
  send('owners', async (current, request, format) => {
    const [from, to, people, filter, part] = ['from', 'to', 'people', 'filter', 'part'].map((key) => given(request, key))
    if (part !== undefined && part !== 'summary') throw new InputError('There is no such part.')
    const args: OwnerArguments = { from: from ?? '', to: to ?? '', people: people ? people.split(',') : null, filter: filter ? parsed(filter) : null }
    const reading = await current()
    const totals = await ownerTotals(reading, args)
    const sheet = FILE_NAMES.owners[reading.locale]
    const [name, detail] = [`${sheet} ${from} – ${to}`, { object: 'client', from, to, records: totals.reduce((sum, total) => sum + total.clients, 0), exact: true, narrowed: Boolean(filter ?? people) }]
    const summary = ownerSummary(reading, totals)
    if (part) return { name: `${name} – ${summary.sheet}`, ...summary, detail: { ...detail, part } }
    async function* rows(): AsyncGenerator<Cell[][]> {
      for (let after: string | null = null; ;) {
        const page = await ownerPeriods(await current(), { ...args, first: OWNER_ROWS, after }, OWNER_ROWS)
        yield page.nodes.map(cells)
        if (!page.hasNextPage) return
        after = page.endCursor
      }
    }
    const { header, cells } = ownerTable(reading)
    return { name, sheet, header, rows: rows(), ...(format === 'xlsx' ? { before: summary } : {}), detail }
  })
  return router
}

/** Rows of the report of owners that are held at a time. */
const OWNER_ROWS = 5_000

/** Days are those of the company. */
function ownerTable(reading: Reading): { header: string[], cells(row: OwnerPeriod): Cell[] } {
  const { generation: { model, company }, locale } = reading
  const client = objectOf(model, 'client')
  const titled = leaves(reading, 'client', client.title)
  const owned = ownersLeave(reading)
  const days = new Intl.DateTimeFormat('sv-SE', { timeZone: company.timeZone })
  const day = (at: Date | null): Cell => (at ? { date: days.format(at) } : null)
  return {
    header: [...titled ? [textIn(client.label, locale)] : [], ...owned ? [SUMMARY.OWNER[locale]] : [], OWNERS.from[locale], OWNERS.to[locale], OWNERS.days[locale]],
    cells: ({ client: of, owner, from, to, days: n }) => [...titled ? [text(of.title)] : [], ...owned ? [text(owner?.title ?? null)] : [], day(from), day(to), { number: String(n) }],
  }
}

function ownerSummary(reading: Reading, totals: readonly OwnerTotal[]): Table {
  const { locale } = reading
  const owned = ownersLeave(reading)
  return {
    sheet: SUMMARY.sheet[locale], header: [...owned ? [SUMMARY.OWNER[locale]] : [], SUMMARY.clients[locale], OWNERS.days[locale]],
    rows: once(owned ? totals.map(({ owner, clients, days }) => [text(owner?.title ?? null), { number: String(clients) }, { number: String(days) }]) : []),
  }
}
const ownersLeave = (reading: Reading): boolean => leaves(reading, 'client', 'owner') && leaves(reading, 'user', 'name')

/** Lengths are hours. */
function stageTable(reading: Reading, object: string, { rows, cycle }: StageReport): { header: string[], rows: Cell[][] } {
  const named = leaves(reading, object, 'stage')
  const hours = (seconds: number | null): Cell => (seconds === null ? null : { number: String(Math.round(seconds / 360) / 10), digits: 1 })
  const count = (n: number): Cell => ({ number: String(n) })
  const times = (of: StageTimes): Cell[] => [count(of.count), hours(of.mean), hours(of.median), hours(of.p90)]
  return {
    header: stageHeads(reading.locale).slice(named ? 0 : 1),
    rows: [
      ...rows.map((row) => [...named ? [text(textIn(row.stage.name, reading.locale))] : [], ...times(row.finished), count(row.present.count), hours(row.present.median), hours(row.oldest), count(row.stuck)]),
      ...named && cycle ? [[text(CYCLE[reading.locale]), ...times(cycle), null, null, null, null]] : [],
    ],
  }
}

async function* once(rows: Cell[][]): AsyncGenerator<Cell[][]> { yield rows }
const text = (value: string | null): Cell => (value ? { text: value } : null)
/** What never leaves in an export leaves in no report either. */
const leaves = ({ generation: { model } }: Reading, object: string, key: string): boolean => objectOf(model, object).byKey.get(key)?.exported !== false

/** Sums are numbers, so each currency has a column. */
function workTable(reading: Reading, days: readonly WorkDay[]): { header: string[], cells(day: WorkDay): Cell[] } {
  const [day, person, ...counts] = heads(reading.locale)
  const [won, wonSum, lost, lostSum] = counts.splice(-4)
  const named = leaves(reading, 'user', 'name')
  const summed = leaves(reading, 'order', 'total')
  const currencies = (key: 'wonSums' | 'lostSums'): string[] => (summed ? [...new Set(days.flatMap((one) => one[key].map((sum) => sum.currency)))].sort() : [])
  const [ofWon, ofLost] = [currencies('wonSums'), currencies('lostSums')]
  const sums = (list: Sum[], of: string[]): Cell[] => of.map((currency) => { const sum = list.find((one) => one.currency === currency); return sum ? { number: sum.amount, digits: 2 } : null })
  return {
    header: [day!, ...named ? [person!] : [], ...counts, won!, ...ofWon.map((currency) => `${wonSum}, ${currency}`), lost!, ...ofLost.map((currency) => `${lostSum}, ${currency}`)],
    cells: ({ person: _, name, day: date, won: wins, lost: losses, wonSums, lostSums, ...numbers }) => [
      { date }, ...named ? [text(name)] : [], ...Object.values(numbers).map((n): Cell => ({ number: String(n) })),
      { number: String(wins) }, ...sums(wonSums, ofWon), { number: String(losses) }, ...sums(lostSums, ofLost),
    ],
  }
}

type Row = Awaited<ReturnType<typeof completenessRows>>['nodes'][number]

function completenessTable(reading: Reading, kinds: readonly string[]): { header: string[], cells(row: Row): Cell[] } {
  const { model } = reading.generation
  const client = objectOf(model, 'client')
  const labels = new Map(informationFor(reading).map((kind) => [kind.key, kind.label]))
  const titled = leaves(reading, 'client', client.title)
  const owned = leaves(reading, 'client', 'owner') && leaves(reading, 'user', 'name')
  const shown = new Set(kinds.filter((key) => leaves(reading, 'client', key)))
  return {
    header: [...titled ? [textIn(client.label, reading.locale)] : [], ...owned ? [textIn(client.byKey.get('owner')!.label, reading.locale)] : [], '%', ...kinds.filter((key) => shown.has(key)).map((key) => labels.get(key) ?? key)],
    cells: ({ title, owner, share, states }) => [
      ...titled ? [text(title)] : [], ...owned ? [text(owner)] : [], share === null ? null : { number: String(share) },
      ...states.filter((state) => shown.has(state.kind)).map((state): Cell => ({ text: STATE_WORDS[state.state][reading.locale] })),
    ],
  }
}

type Grouping = 'OWNER' | 'TEAM' | 'SEGMENT'

function groupingOf(text: string | undefined): Grouping {
  if (text === undefined || text === 'OWNER') return 'OWNER'
  if (text === 'TEAM' || text === 'SEGMENT') return text
  throw new InputError('The rows are OWNER, TEAM or SEGMENT.')
}

/** A row for all clients, then one for each owner, team or segment: how many have what. */
function summaryTable(reading: Reading, { report, groups, total }: Awaited<ReturnType<typeof completenessReport>>, { groupBy, staleDays }: CompletenessArguments): Table {
  const { locale } = reading
  const by = groupBy ?? 'OWNER'
  const named = by === 'SEGMENT' || (leaves(reading, 'client', by === 'OWNER' ? 'owner' : 'team') && leaves(reading, by === 'OWNER' ? 'user' : 'team', 'name'))
  const kinds = report.kinds.filter((kind) => leaves(reading, 'client', kind.key))
  const states = STATES.filter((state) => state !== 'stale' || staleDays)
  const number = (n: number): Cell => ({ number: String(n) })
  const cells = (group: typeof total, label: string): Cell[] => [
    ...named || group === total ? [text(label)] : [], number(group.clients), number(group.mean), number(group.complete),
    ...kinds.flatMap((kind) => { const cell = group.cells.find((one) => one.kind === kind.key)!; return states.map((state) => number(cell[state])) }),
  ]
  return {
    sheet: SUMMARY.sheet[locale],
    header: [SUMMARY[by][locale], SUMMARY.clients[locale], SUMMARY.mean[locale], SUMMARY.complete[locale], ...kinds.flatMap((kind) => states.map((state) => `${kind.label}: ${STATE_WORDS[state][locale]}`))],
    rows: once([cells(total, SUMMARY.all[locale]), ...named ? groups.map((group) => cells(group, group.label ?? SUMMARY.nobody[locale])) : []]),
  }
}

/** @throws InputError where it is given more than once */
function given({ query }: Request, key: string): string | undefined {
  const value = query[key]
  if (value !== undefined && typeof value !== 'string') throw new InputError(`"${key}" is given more than once.`)
  return value || undefined
}

function parsed(text: string): Filter {
  try {
    const filter: unknown = JSON.parse(text)
    if (filter && typeof filter === 'object' && !Array.isArray(filter)) return filter as Filter
  } catch { /* told below */ }
  throw new InputError('The filter is not understood.')
}
