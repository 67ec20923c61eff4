import { ClosedAddressError, type Networks, type Resolve } from '../outbound/address.ts'
import { checkedAgent } from '../outbound/agent.ts'

/** What came of one attempt. `code` null: nobody answered. */
export interface Answer { code: number | null, response: string | null, error: string | null, retryAfterSeconds?: number }

export type Send = (url: string, headers: Record<string, string>, body: string, signal?: AbortSignal) => Promise<Answer>

/** For an attempt as a whole. */
export const MOST_MS = 15_000
/** Of an answer, as much is read and kept. */
const MOST_RESPONSE = 1_024

/**
 * Posts to addresses that people gave, and to no others: redirects are not followed, and what is connected to is checked at the
 * moment of the connection, one for each attempt. Of what networks of one's own answer nothing is read but the code.
 */
export function makeSend(options: { networks: Networks, resolve?: Resolve, timeoutMs?: number, ca?: string }): Send {
  const { networks, resolve, ca, timeoutMs = MOST_MS } = options
  return async (url, headers, body, stop) => {
    const { request } = await import('undici')
    let own = false
    const agent = await checkedAgent({ networks, ...resolve ? { resolve } : {}, ...ca ? { ca } : {}, onAddress: (kind) => { own ||= kind === 'own' } })
    try {
      const signal = AbortSignal.any([AbortSignal.timeout(timeoutMs), ...(stop ? [stop] : [])])
      const answer = await request(url, { method: 'POST', headers, body, dispatcher: agent, signal })
      const code = answer.statusCode
      const response = own ? null : await beginning(answer.body)
      const after = secondsUntil(String(answer.headers['retry-after'] ?? ''))
      return {
        code, response, error: code >= 200 && code < 300 ? null : code >= 300 && code < 400 ? 'redirect' : 'status',
        ...(after > 0 ? { retryAfterSeconds: after } : {}),
      }
    } catch (error) {
      return { code: null, response: null, error: reasonOf(error as Error) }
    } finally {
      await agent.destroy()
    }
  }
}

/** `Retry-After`: seconds, or a moment as HTTP writes it; 0 for what is neither. */
function secondsUntil(after: string): number {
  if (/^\d{1,9}$/.test(after)) return Number(after)
  return after.endsWith('GMT') ? Math.round((Date.parse(after) - Date.now()) / 1_000) || 0 : 0
}

/** The beginning of an answer as text; the rest is never fetched. */
export async function beginning(body: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = []
  let size = 0
  try {
    for await (const part of body) {
      parts.push(part)
      size += part.length
      if (size >= MOST_RESPONSE) break
    }
  } catch {
    // The code was there; what broke off later is no failure of the delivery.
  }
  // PostgreSQL keeps no zero characters.
  return new TextDecoder().decode(Buffer.concat(parts).subarray(0, MOST_RESPONSE)).replaceAll('\0', '')
}

/** A word for the log: why nobody answered. */
function reasonOf(error: Error): string {
  for (let one: (Error & { code?: string }) | undefined = error; one; one = one.cause as typeof one) {
    if (one instanceof ClosedAddressError) return 'closed'
    if (one.name === 'TimeoutError' || ['UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT'].includes(one.code ?? '')) return 'timeout'
    if (['ENOTFOUND', 'EAI_AGAIN'].includes(one.code ?? '')) return 'name'
    if (one.code?.startsWith('ERR_TLS') || one.code?.includes('CERT') || one.code?.includes('SIGNATURE')) return 'certificate'
  }
  return 'connection'
}
