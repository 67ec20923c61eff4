import { createHmac } from 'node:crypto'
import type { TestRequest } from './plugin-crm.ts'

/** Where a sender puts his signature: what `webhook.hmac` of the SDK expects, with the secret itself. */
export interface SignedHmac { header: string, secret: string, algorithm?: 'sha1' | 'sha256' | 'sha512', encoding?: 'hex' | 'base64', prefix?: string, headers?: Record<string, string> }

/**
 * Requests as true senders make them, one for each verifier of the SDK.
 *
 * @example
 * await crm.webhook('telephony/events', signed.hmac({ type: 'ended' }, { header: 'x-signature', secret: 'k' }))
 */
export const signed = {
  /** For `webhook.hmac`. */
  hmac(body: unknown, { header, secret, algorithm = 'sha256', encoding = 'hex', prefix = '', headers }: SignedHmac): TestRequest {
    const text = textOf(body)
    return { body: text, headers: { 'content-type': 'application/json', ...headers, [header]: prefix + createHmac(algorithm, secret).update(text).digest(encoding) } }
  },
  /** For `webhook.token`: the secret in a header or in the query. */
  token(body: unknown, { header, query, secret }: { header?: string, query?: string, secret: string }): TestRequest {
    return { body: textOf(body), headers: { 'content-type': 'application/json', ...header && { [header]: secret } }, ...query && { query: { [query]: secret } } }
  },
  /** For `webhook.standard`. `at` is now unless given. */
  standard(body: unknown, { secret, id = 'msg_1', at = new Date() }: { secret: string, id?: string, at?: Date }): TestRequest {
    const text = textOf(body), seconds = Math.floor(at.getTime() / 1000)
    const signature = createHmac('sha256', Buffer.from(secret.replace(/^whsec_/, ''), 'base64')).update(`${id}.${seconds}.${text}`).digest('base64')
    return { body: text, headers: { 'content-type': 'application/json', 'webhook-id': id, 'webhook-timestamp': String(seconds), 'webhook-signature': `v1,${signature}` } }
  },
}

function textOf(body: unknown): string {
  return typeof body === 'string' ? body : JSON.stringify(body)
}
