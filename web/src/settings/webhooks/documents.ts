import { mutate, query } from '../../graphql/client.ts'

export interface Webhook {
  id: string, name: string, url: string, events: string[], object: string | null, condition: Record<string, unknown> | null, fields: string[], active: boolean, ownerName: string | null
  stopped: 'failing' | 'gone' | 'owner' | null, version: number, deliveries: { waiting: number, done: number, failed: number, last: string | null }
}
export interface WebhookInput { name: string, url: string, events: string[], object: string | null, condition: Record<string, unknown> | null, fields: string[], active: boolean }
export interface Delivery {
  id: string, event: string, object: string | null, record: string | null, title: string | null, state: 'WAITING' | 'DONE' | 'FAILED' | 'SKIPPED', attempts: number, code: number | null, response: string | null, error: string | null, at: string, nextAt: string | null
}

const WEBHOOK = 'id name url events object condition fields active ownerName stopped version deliveries { waiting done failed last }'

export const loadWebhooks = async () => (await query<{ webhooks: Webhook[] }>(`query Webhooks { webhooks { ${WEBHOOK} } }`)).webhooks
export const loadDeliveries = async (webhook: string, after: string | null) => (await query<{ webhookDeliveries: { nodes: Delivery[], hasNextPage: boolean, endCursor: string | null } }>(
  'query Deliveries($webhook: ID!, $after: String) { webhookDeliveries(webhook: $webhook, first: 30, after: $after) { nodes { id event object record title state attempts code response error at nextAt } hasNextPage endCursor } }', { webhook, after })).webhookDeliveries
/** @returns the secret of a new one, told this once */
export async function saveWebhook(input: WebhookInput, saved: Webhook | null): Promise<string | null> {
  if (saved) {
    await mutate('mutation UpdateWebhook($id: ID!, $version: Int!, $input: WebhookInput!) { updateWebhook(id: $id, version: $version, input: $input) { id } }', { id: saved.id, version: saved.version, input })
    return null
  }
  return (await mutate<{ createWebhook: { secret: string } }>('mutation CreateWebhook($input: WebhookInput!) { createWebhook(input: $input) { secret webhook { id } } }', { input })).data.createWebhook.secret
}
export const rotateSecret = async (id: string) => (await mutate<{ rotateWebhookSecret: string }>('mutation RotateSecret($id: ID!) { rotateWebhookSecret(id: $id) }', { id })).data.rotateWebhookSecret
export const deleteWebhook = (id: string) => mutate('mutation DeleteWebhook($id: ID!) { deleteWebhook(id: $id) }', { id })
export const restoreWebhook = (id: string) => mutate('mutation RestoreWebhook($id: ID!) { restoreWebhook(id: $id) { id } }', { id })
export const testWebhook = (id: string) => mutate('mutation TestWebhook($id: ID!) { testWebhook(id: $id) }', { id })
export const replay = (id: string) => mutate('mutation Replay($id: ID!) { replayWebhookDelivery(id: $id) }', { id })
export const replayFailed = (webhook: string) => mutate('mutation ReplayFailed($webhook: ID!) { replayFailedWebhookDeliveries(webhook: $webhook) }', { webhook })
