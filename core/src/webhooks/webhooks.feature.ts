import { sql } from 'kysely'
import { uuidv7 } from 'uuidv7'
import { definePlugin, InputError, type PluginDefinition, type Resolvers } from '@kartotek/sdk'
import { visibleTitles } from '../changes/changes.ts'
import { UUID } from '../facts/uuid.ts'
import type { RequestContext } from '../graphql/context.ts'
import type { Engine } from '../records/engine.ts'
import type { SecretBox } from '../settings/index.ts'
import { parseNetworks } from '../outbound/address.ts'
import { createEndpoint, missing, rotateSecret, setEndpointTrashed, updateEndpoint } from './change.ts'
import type { EndpointInput } from './check.ts'
import { deliverDue, dueEndpoints, heldFor, type Webhooks } from './deliver.ts'
import { loadEndpoints, type Db, type Endpoint } from './endpoint.ts'
import { countDeliveries, endpointOf, listDeliveries, replay, type LoggedDelivery } from './log.ts'
import { enqueueDeliveries, tell } from './queue.ts'
import { makeSend, type Send } from './send.ts'
import { webhooksSdl } from './webhooks.sdl.ts'

export interface WebhooksDeps {
  engine(): Engine
  box: SecretBox
  /** Has the deliveries of an endpoint made, now or after so many seconds. */
  enqueue(trx: Db | null, webhook: string, afterSeconds?: number): Promise<unknown>
  /** Networks of one's own that may be called, see KARTOTEK_WEBHOOK_NETWORKS. */
  networks?: string
  send?: Send
}

/** Days for which deliveries are kept. */
const KEPT_DAYS = 30

/** Webhooks: addresses outside that are told of events. Only `webhooks.manage` sees and changes them. */
export function webhooksFeature(deps: WebhooksDeps): PluginDefinition {
  const networks = parseNetworks(deps.networks ?? '')
  const send = deps.send ?? makeSend({ networks })
  const hooks = (): Webhooks => ({ engine: deps.engine(), box: deps.box, send })
  const soon = async (ids: readonly string[]): Promise<void> => { for (const id of ids) await deps.enqueue(null, id) }
  const manage = (ctx: RequestContext): void => ctx.access.require('webhooks.manage')
  const found = async (ctx: RequestContext, id: string): Promise<Endpoint | null> => (UUID.test(id) ? (await loadEndpoints(ctx.engine.db, { id }))[0] ?? null : null)
  return definePlugin({
    id: 'webhooks',
    version: '1.0.0',
    // Which events it wants is said by the endpoints, see `setInterests`.
    on: { 'webhooks.none': { id: 'tell', run: async (events) => { await soon(await tell(deps.engine(), events)) } } },
    jobs: {
      // One at a time for an endpoint, over all nodes. One that does not answer has a batch a minute, so that it leaves the places to others.
      deliver: {
        concurrency: 4, timeoutSeconds: 90,
        async run(input, ctx) {
          const id = String(input.webhook)
          if (await deliverDue(hooks(), id, ctx.signal)) return soon([id])
          const again = await heldFor(hooks(), id)
          if (again !== null) await deps.enqueue(null, id, again)
        },
      },
    },
    schedules: [
      { id: 'minute', cron: '* * * * *', async run() { await soon(await dueEndpoints(hooks())) } },
      { id: 'clean', cron: '50 3 * * *', async run() { await sql`delete from core.webhook_delivery where state <> 'waiting' and happened_at < now() - make_interval(days => ${KEPT_DAYS})`.execute(deps.engine().db) } },
    ],
    graphql: {
      typeDefs: webhooksSdl,
      resolvers: {
        Query: {
          webhooks(_: unknown, __: unknown, ctx: RequestContext) { manage(ctx); return loadEndpoints(ctx.engine.db) },
          webhook(_: unknown, { id }: { id: string }, ctx: RequestContext) { manage(ctx); return found(ctx, id) },
          webhookDeliveries(_: unknown, args: Parameters<typeof listDeliveries>[1], ctx: RequestContext) { manage(ctx); return listDeliveries(ctx.reading, args) },
        },
        Mutation: {
          async createWebhook(_: unknown, { input }: { input: EndpointInput }, ctx: RequestContext) {
            manage(ctx)
            const { id, secret } = await createEndpoint(ctx, deps.box, networks, input)
            return { webhook: await found(ctx, id), secret }
          },
          async updateWebhook(_: unknown, { id, version, input }: { id: string, version: number, input: EndpointInput }, ctx: RequestContext) {
            manage(ctx)
            await updateEndpoint(ctx, networks, id, version, input)
            return found(ctx, id)
          },
          async deleteWebhook(_: unknown, { id }: { id: string }, ctx: RequestContext) { manage(ctx); await setEndpointTrashed(ctx, id, true); return true },
          async restoreWebhook(_: unknown, { id }: { id: string }, ctx: RequestContext) { manage(ctx); await setEndpointTrashed(ctx, id, false); return found(ctx, id) },
          async rotateWebhookSecret(_: unknown, { id, overlapHours }: { id: string, overlapHours: number }, ctx: RequestContext) { manage(ctx); return rotateSecret(ctx, deps.box, id, overlapHours) },
          async testWebhook(_: unknown, { id }: { id: string }, ctx: RequestContext) {
            manage(ctx)
            const endpoint = await found(ctx, id)
            if (!endpoint) throw missing(id)
            if (!endpoint.active) throw off()
            await enqueueDeliveries(ctx.engine.db, id, [{ eventId: uuidv7(), event: 'webhook.test', object: null, recordId: null, changeSetId: null, changed: [], at: new Date().toISOString() }])
            await soon([id])
            return true
          },
          async replayWebhookDelivery(_: unknown, { id }: { id: string }, ctx: RequestContext) {
            manage(ctx)
            const endpoint = await endpointOf(ctx.engine.db, id)
            if (!endpoint) throw missing(id)
            if (!endpoint.active) throw off()
            await replay(ctx.engine.db, { id })
            await soon([endpoint.id])
            return true
          },
          async replayFailedWebhookDeliveries(_: unknown, { webhook: id }: { webhook: string }, ctx: RequestContext) {
            manage(ctx)
            const endpoint = await found(ctx, id)
            if (!endpoint) throw missing(id)
            if (!endpoint.active) throw off()
            const count = await replay(ctx.engine.db, { failedOf: id })
            await soon([id])
            return count
          },
        },
        Webhook: {
          ownerName: async (endpoint: Endpoint, _: unknown, ctx: RequestContext) => (await visibleTitles(ctx.reading, [['user', endpoint.owner]])).get(endpoint.owner) ?? null,
          formerSecretUntil: (endpoint: Endpoint) => endpoint.formerUntil,
          deliveries: (endpoint: Endpoint, _: unknown, ctx: RequestContext) => countDeliveries(ctx.engine.db, endpoint.id),
        },
        WebhookDelivery: { state: (one: LoggedDelivery) => one.state.toUpperCase() },
      } as unknown as Resolvers,
    },
  })
}

const off = (): InputError => new InputError('The webhook is switched off.')
