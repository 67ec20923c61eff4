import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { stringify } from 'csv-stringify'
import express, { type Response, type Router } from 'express'
import { AuthenticationError, InputError, type Filter } from '@kartotek/sdk'
import type { Caller } from '../access/caller.ts'
import { readingOf, type Engine } from '../records/engine.ts'
import type { Reading } from '../records/reading.ts'
import { completenessRows, type CompletenessArguments } from './completeness.ts'
import { informationFor } from './information.ts'
import { heads, STATE_WORDS } from './words.ts'
import { workReport, type Sum } from './work.ts'

export interface ReportsRouterDeps {
  engine: Engine
  authenticate(request: IncomingMessage): Promise<Caller | null>
}

/** More rows are not written out: narrow the report down. */
const MOST_ROWS = 50_000

/**
 * Reports as files, mounted below `/reports`, with the rights of who asks: `GET /work.csv?from=…&to=…&people=…`,
 * `GET /completeness.csv?filter=…&kinds=…&staleDays=…`.
 */
export function reportsRouter({ engine, authenticate }: ReportsRouterDeps): Router {
  const router = express.Router()
  const reader = async (request: IncomingMessage): Promise<Reading> => {
    const caller = await authenticate(request)
    if (!caller) throw new AuthenticationError()
    return readingOf(engine, caller)
  }

  router.get('/work.csv', async (request, response) => {
    const reading = await reader(request)
    const { from, to, people } = request.query as Record<string, string | undefined>
    const days = await workReport(reading, { from: String(from ?? ''), to: String(to ?? ''), people: people ? people.split(',') : null })
    const sums = (list: Sum[]): string => list.map((sum) => `${sum.amount} ${sum.currency}`).join(', ')
    const rows = days.map(({ person: _, wonSums, lostSums, won, lost, name, day, ...counts }) => [day, name, ...Object.values(counts), won, sums(wonSums), lost, sums(lostSums)])
    await send(response, `work-${from}-${to}.csv`, heads(reading.locale), Readable.from(rows))
  })

  router.get('/completeness.csv', async (request, response) => {
    const reading = await reader(request)
    const { filter, kinds, staleDays } = request.query as Record<string, string | undefined>
    const args: CompletenessArguments = { filter: filter ? parsed(filter) : null, kinds: kinds ? kinds.split(',') : null, staleDays: staleDays ? Number(staleDays) : null }
    const first = await completenessRows(reading, { ...args, first: 200 })
    const labels = new Map(informationFor(reading).map((kind) => [kind.key, kind.label]))
    const client = reading.generation.model.objects.get('client')!
    const head = [client.label[reading.locale] ?? client.label.en!, client.byKey.get('owner')!.label[reading.locale]!, '%', ...(first.nodes[0]?.states ?? []).map((s) => labels.get(s.kind) ?? s.kind)]
    async function* rows(): AsyncGenerator<unknown[]> {
      let page = first
      for (let n = 0; ; n += page.nodes.length) {
        for (const row of page.nodes) yield [row.title, row.owner ?? '', row.share ?? '', ...row.states.map((s) => STATE_WORDS[s.state][reading.locale])]
        if (!page.hasNextPage || n >= MOST_ROWS) return
        page = await completenessRows(reading, { ...args, first: 200, after: page.endCursor })
      }
    }
    await send(response, 'completeness.csv', head, Readable.from(rows()))
  })
  return router
}

function parsed(text: string): Filter {
  try {
    const filter: unknown = JSON.parse(text)
    if (filter && typeof filter === 'object' && !Array.isArray(filter)) return filter as Filter
  } catch { /* told below */ }
  throw new InputError('The filter is not understood.')
}

/** UTF-8 with a byte-order mark, for spreadsheets; what looks like a formula is none. */
async function send(response: Response, name: string, head: string[], rows: Readable): Promise<void> {
  response.set({ 'content-type': 'text/csv; charset=utf-8', 'cache-control': 'no-store', 'x-content-type-options': 'nosniff', 'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(name)}` })
  await pipeline(rows, stringify({ header: true, columns: head, bom: true, escape_formulas: true, record_delimiter: 'windows' }), response)
}
