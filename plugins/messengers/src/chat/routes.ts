import { randomUUID } from 'node:crypto'
import type { IncomingRequest, PluginContext, RouteDefinition, RouteResponse } from '@kartotek/sdk'
import { idOf } from '../conversations/records.ts'
import { Sink } from '../inbound/queue.ts'
import { addressOf, allowed, OPEN, signed, unsigned } from '../public-door.ts'
import type { Settings } from '../settings.ts'
import { CHAT } from './channel.ts'
import { shown, streamOf, type Line } from './streams.ts'
import { CHAT_SCRIPT } from './widget.ts'

const MOST_TEXT = 4_000
const MOST_BYTES = 64 * 1024
/** What one address may ask of each door in a minute: all who sit behind it. */
const MOST_A_MINUTE = 120
const HISTORY = 100
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
const TOLD = ['page', 'referrer', 'utm_source', 'utm_medium', 'utm_campaign', 'utm_term', 'utm_content', 'gclid', 'yclid', 'fbclid']

type Own = PluginContext<Settings>
type Body = Record<string, unknown>
// PostgreSQL keeps no zero characters.
const text = (value: unknown, most: number): string => (typeof value === 'string' ? value.replaceAll('\0', '').trim().slice(0, most) : '')

export const chatRoutes: RouteDefinition<Settings>[] = [
  { method: 'GET', path: '/chat.js', access: 'public', run: () => ({ headers: { ...OPEN, 'content-type': 'text/javascript; charset=utf-8', 'cache-control': 'public, max-age=300' }, body: CHAT_SCRIPT }) },
  door('/chat/start', start), door('/chat/send', send), door('/chat/events', events), door('/chat/file', file),
]

/** A door that pages of the sites named may use. The browser sends no cookies along, and asks nothing beforehand for a plain text. */
function door(path: string, run: (body: Body, request: IncomingRequest, ctx: Own) => Promise<RouteResponse>): RouteDefinition<Settings> {
  const headersFor = ({ headers: { origin } }: IncomingRequest) => ({ 'vary': 'origin', 'cache-control': 'no-store', 'cross-origin-resource-policy': 'cross-origin', ...origin ? { 'access-control-allow-origin': origin } : {} })
  return {
    method: 'POST', path, access: 'public', maxBytes: MOST_BYTES,
    async admit(request, ctx) {
      const { origin } = request.headers
      const sites = (ctx.settings.chatSites ?? '').split(/\s+/).filter(Boolean)
      if (!ctx.settings.chatActive || (sites.length && !(origin && sites.includes(origin)) && origin !== new URL(ctx.publicUrl).origin)) return { status: 403, headers: { 'cache-control': 'no-store' }, body: { error: 'This chat is not meant for this site.' } }
      if (Number(request.headers['content-length'] ?? 0) > MOST_BYTES) return { status: 413, headers: headersFor(request), body: { error: 'This is too large for the chat.' } }
      return await allowed(ctx as never, `${path} ${addressOf(request.ip)}`, MOST_A_MINUTE, 60) ? null : { ...often, headers: { ...headersFor(request), ...often.headers } }
    },
    async run(request, ctx) {
      let body: Body
      try { body = JSON.parse(request.body.toString('utf8')) as Body } catch { body = {} }
      const answer = await run(body !== null && typeof body === 'object' ? body : {}, request, ctx)
      return { ...answer, headers: { ...headersFor(request), ...answer.headers } }
    },
  }
}

const often = { status: 429, headers: { 'retry-after': '60' }, body: { error: 'Too much comes from your address. Wait a minute.' } } satisfies RouteResponse
const unknown: RouteResponse = { status: 401, body: { error: 'Begin anew.' } }

/** Who holds the token is the visitor; nothing else says who he is. */
async function visitorOf({ token }: Body, ctx: Own): Promise<string | null> {
  const [what, id] = (await unsigned(ctx as never, typeof token === 'string' ? token : undefined))?.split(':') ?? []
  return what === 'visitor' && id && UUID.test(id) ? id : null
}

function historyOf(ctx: Own, visitor: string): Promise<Line[]> {
  return ctx.db.query<Line>('select * from (select id, visitor, direction, text, files, at from chat_line where visitor = $1 order by at desc limit $2) last order by at', [visitor, HISTORY])
}

/** Somebody is at work by the company's hours. */
async function isOnline(ctx: Own): Promise<boolean> {
  const due = await ctx.company.dueAfter(1)
  return due !== null && due.getTime() - Date.now() < 90_000
}

async function start(body: Body, { ip }: IncomingRequest, ctx: Own): Promise<RouteResponse> {
  let visitor = await visitorOf(body, ctx)
  if (!visitor && !await allowed(ctx as never, `chat start ${addressOf(ip)}`, 60)) return often
  const token = visitor ? body.token : await signed(ctx as never, `visitor:${visitor = randomUUID()}`)
  return { body: { token, online: await isOnline(ctx), title: ctx.settings.chatTitle ?? null, greeting: ctx.settings.chatGreeting ?? null, color: ctx.settings.chatColor, lines: (await historyOf(ctx, visitor!)).map(shown) } }
}

async function send(body: Body, { headers }: IncomingRequest, ctx: Own): Promise<RouteResponse> {
  const visitor = await visitorOf(body, ctx)
  if (!visitor) return unknown
  const id = text(body.id, 36)
  const words = text(body.text, MOST_TEXT)
  if (!UUID.test(id) || !words) return { status: 400, body: { error: 'It needs an id and a text.' } }
  if (!await allowed(ctx as never, `chat visitor ${visitor}`, 30, 60)) return often
  await ctx.db.query(`insert into chat_line (id, visitor, direction, text) values ($1, $2, 'in', $3) on conflict (id) do nothing`, [id, visitor, words])
  const [line] = await ctx.db.query<Line>('select id, visitor, direction, text, files, at from chat_line where id = $1', [id])
  // An id that is another's says nothing of him.
  if (line?.visitor !== visitor || line.direction !== 'in') return { status: 409, body: { error: 'Send it under another id.' } }
  const told = body.told !== null && typeof body.told === 'object' ? body.told as Body : {}
  const marks = Object.fromEntries(TOLD.flatMap((name) => { const value = text(told[name], 2_000); return value ? [[name, value]] : [] }))
  await new Sink(ctx as never).receive(CHAT, [{
    externalId: id, conversation: visitor, from: { externalId: visitor, name: text(body.name, 200) || null, email: text(body.email, 300) || null, phone: text(body.phone, 60) || null },
    at: new Date(line.at).toISOString(), text: line.text, marks, raw: { text: line.text, told: marks, userAgent: headers['user-agent']?.slice(0, 500) ?? null },
  }])
  return { body: shown(line) }
}

async function events(body: Body, _request: IncomingRequest, ctx: Own): Promise<RouteResponse> {
  const visitor = await visitorOf(body, ctx)
  if (!visitor) return unknown
  const stream = streamOf(ctx as never, visitor, await historyOf(ctx, visitor))
  return stream ? { headers: { 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' }, body: stream } : often
}

async function file(body: Body, _request: IncomingRequest, ctx: Own): Promise<RouteResponse> {
  const visitor = await visitorOf(body, ctx)
  const id = text(body.file, 36)
  if (!visitor) return unknown
  const version = UUID.test(id) ? await versionFor(visitor, id, ctx) : null
  if (version === null) return { status: 404, body: { error: 'There is no such file.' } }
  const { name, content } = await ctx.files.open(id, version)
  return { headers: { 'content-type': 'application/octet-stream', 'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(name)}` }, body: content }
}

/** The version of a file that was sent to the visitor, as long as it hangs on his conversation; else null. */
async function versionFor(visitor: string, id: string, ctx: Own): Promise<number | null> {
  const [line] = await ctx.db.query<Pick<Line, 'files'>>(`select files from chat_line where visitor = $1 and direction = 'out' and files @> $2::jsonb order by at desc limit 1`, [visitor, JSON.stringify([{ id }])])
  const file = line && await ctx.records.get('file', id, ['subject', 'contentVersion', 'trashedAt'])
  const at = file && !file.trashedAt ? idOf(file.subject) : null
  const conversation = at ? await ctx.records.get('conversation', at, ['channel', 'externalId']) : null
  if (conversation?.channel !== CHAT || conversation.externalId !== visitor) return null
  // Older lines do not say which version it was: they are sure only of a file that never had another.
  return line!.files!.find((one) => one.id === id)!.version ?? (file!.contentVersion === 1 ? 1 : null)
}
