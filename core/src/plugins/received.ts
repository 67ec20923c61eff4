import { createHash } from 'node:crypto'
import { InputError, LimitError, NotAllowedError, type IncomingRequest, type PluginContext, type PluginDefinition, type RouteResponse, type WebhookDefinition } from '@kartotek/sdk'
import { sql } from 'kysely'
import { uuidv7 } from 'uuidv7'
import type { Database } from '../database/index.ts'
import { queueName, type Jobs, type Worker, type WorkRun } from '../jobs/index.ts'
import { invoke } from './invoke.ts'
import { compileInput } from './job-input.ts'

/** A webhook as a plugin declares it, whatever its input is. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type AnyWebhook = WebhookDefinition<any>

/** What is kept of one delivery until its job is done. */
interface Content { input: unknown, params: Record<string, string>, query: Record<string, string> }

const MAX_KEY = 500
/** How long repetitions are told by their key. */
const KEPT_DAYS = 30
/** What never came to an end is in the list of failed jobs meanwhile. */
const UNDONE_DAYS = 365

export function isWebhook(route: NonNullable<PluginDefinition['http']>[number]): route is AnyWebhook {
  return route.kind === 'webhook'
}

/**
 * Verifies a delivery, stores it with its job in one transaction, and says what the sender gets. A repetition is answered alike and
 * stored no more.
 * @throws NotAllowedError where it is not from who it should be; InputError, LimitError
 */
export async function receiveWebhook(plugin: PluginDefinition, hook: AnyWebhook, request: IncomingRequest, ctx: PluginContext, deps: { db: Database, jobs: Jobs }): Promise<RouteResponse> {
  if (!await verified(hook, request, ctx)) throw new NotAllowedError('The signature is missing or wrong.')
  const input = read(hook, request)
  compileInput(`The webhook ${plugin.id}${hook.path}`, hook.input)?.(input)
  const key = hook.idempotencyKey?.(input, request) ?? createHash('sha256').update(request.body).digest('hex')
  if (typeof key !== 'string' || !key || key.length > MAX_KEY) throw new LimitError(`The key of a delivery has 1 to ${MAX_KEY} characters.`)
  const content = storable(JSON.stringify({ input, params: withoutSecrets(hook, request.params), query: withoutSecrets(hook, request.query) } satisfies Content))
  await deps.db.kysely.transaction().execute(async (trx) => {
    const id = uuidv7()
    const { rows } = await sql`
      insert into core.received_webhook (id, plugin, path, key, content)
      values (${id}, ${plugin.id}, ${hook.path}, ${createHash('sha256').update(key).digest()}, ${content}::jsonb)
      on conflict (plugin, path, key) do nothing returning id`.execute(trx)
    if (rows.length) await deps.jobs.enqueue(trx, plugin.id, workName(hook), { received: id }, { kind: 'webhook' })
  })
  return hook.answer?.(input, ctx) ?? {}
}

/** JSON without what PostgreSQL keeps in no text: zero characters, and halves of pairs, which `JSON.stringify` writes as escapes. */
function storable(json: string): string {
  return json.replace(/(?<!\\)((?:\\\\)*)\\u(0000|d[89a-f][0-9a-f]{2})/gi, (_, slashes: string, code: string) => slashes + (code === '0000' ? '' : '\ufffd'))
}

/** What proves who calls opens the door to whoever reads it later. */
function withoutSecrets({ secrets = [], verify }: AnyWebhook, given: Record<string, string>): Record<string, string> {
  const secret = new Set([...secrets, ...verify.secrets ?? []])
  return Object.fromEntries(Object.entries(given).filter(([name]) => !secret.has(name)))
}

async function verified(hook: AnyWebhook, request: IncomingRequest, ctx: PluginContext): Promise<boolean> {
  try {
    return await hook.verify(request, ctx) === true
  } catch (error) {
    ctx.log.warn({ err: error, path: hook.path }, 'Verifying a webhook failed.')
    return false
  }
}

function read({ read: how = 'json' }: AnyWebhook, request: IncomingRequest): unknown {
  if (typeof how === 'function') return how(request)
  const text = request.body.toString('utf8')
  if (how === 'form') return Object.fromEntries(new URLSearchParams(text))
  try {
    return JSON.parse(text) as unknown
  } catch {
    throw new InputError('The body is not JSON.')
  }
}

/** The path in the letters that names of queues may have. */
function workName({ path }: AnyWebhook): string {
  return path.slice(1).replaceAll('/', '.').replaceAll(':', '_') || 'root'
}

/** The work that the webhooks of a plugin leave. */
export function webhookWorkers(plugin: PluginDefinition, db: Database, context: (run: WorkRun) => PluginContext): Worker[] {
  return (plugin.http ?? []).filter(isWebhook).map((hook): Worker => ({
    queue: queueName(plugin.id, 'webhook', workName(hook)), plugin: plugin.id, kind: 'webhook', name: workName(hook),
    attempts: hook.attempts, concurrency: hook.concurrency, timeoutSeconds: hook.timeoutSeconds,
    async run({ input }, run) {
      const { rows: [row] } = await sql<{ content: Content | null }>`select content from core.received_webhook where id = ${input?.received}`.execute(db.kysely)
      if (!row?.content) return
      const { input: told, params, query } = row.content
      await invoke({ plugin: plugin.id, site: `webhook ${hook.path}` }, () => hook.run(told, context(run), { params, query }))
      await sql`update core.received_webhook set done_at = now() where id = ${input?.received}`.execute(db.kysely)
    },
  }))
}

/** Forgets what was told where the work is done, and keys of long ago. */
export async function forgetReceived(db: Database): Promise<void> {
  await sql`update core.received_webhook set content = null where content is not null and done_at < now() - interval '1 day'`.execute(db.kysely)
  await sql`
    delete from core.received_webhook
    where received_at < now() - make_interval(days => ${UNDONE_DAYS}) or (done_at is not null and received_at < now() - make_interval(days => ${KEPT_DAYS}))`.execute(db.kysely)
}
