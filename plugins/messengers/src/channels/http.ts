import { DomainError, type PluginContext } from '@kartotek/sdk'
import { SendFailure } from '@kartotek/sdk/contracts'

const NEVER_CONNECTED = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT', 'EHOSTUNREACH', 'ENETUNREACH'])

/** What a broken call means: where nobody was reached nothing was sent; otherwise nobody knows, and the error stays what it is. */
export function brokenCall(error: unknown): unknown {
  if (error instanceof SendFailure) return error
  if (error instanceof DomainError) return new SendFailure('credentials', error.message)
  for (let cause = error as { cause?: unknown, error?: unknown, code?: unknown } | undefined; cause; cause = (cause.cause ?? cause.error) as typeof cause) {
    if (NEVER_CONNECTED.has(String(cause.code))) return new SendFailure('temporary', `Nobody answers: ${String(cause.code)}`)
    if (cause instanceof DomainError) return new SendFailure('credentials', cause.message)
  }
  return error
}

export interface Answer { status: number, body: Record<string, unknown>, headers: Headers }

/** Posts or reads JSON. @throws SendFailure where nobody is there; the error of the call where it broke off */
export async function callJson(ctx: PluginContext, url: string, { body, headers = {}, method = body === undefined ? 'GET' : 'POST' }: { body?: unknown, headers?: Record<string, string>, method?: string } = {}): Promise<Answer> {
  try {
    const raw = body instanceof FormData || body instanceof URLSearchParams
    const response = await ctx.fetch(url, { method, headers: { ...raw || body === undefined ? {} : { 'content-type': 'application/json' }, ...headers }, body: body === undefined ? undefined : raw ? body : JSON.stringify(body) })
    const text = await response.text()
    let parsed: unknown = {}
    try { parsed = JSON.parse(text) } catch { /* told by the status */ }
    return { status: response.status, body: (parsed ?? {}) as Record<string, unknown>, headers: response.headers }
  } catch (error) {
    throw brokenCall(error)
  }
}

/** Of an answer without further words: too many, ours to mend, or not now. */
export function byStatus({ status, headers }: Answer, message: string): SendFailure | null {
  if (status < 400) return null
  if (status === 429) return new SendFailure('temporary', message, Number(headers.get('retry-after')) || null)
  if (status === 401 || status === 403) return new SendFailure('credentials', message)
  return new SendFailure(status >= 500 ? 'temporary' : 'refused', message)
}

/** What goes before the sending, file by file: where that breaks off nothing was sent, and it can be done again. @throws SendFailure */
export async function prepared<File, Result>(files: readonly File[], prepare: (file: File) => Promise<Result>): Promise<Result[]> {
  const results: Result[] = []
  try {
    for (const file of files) results.push(await prepare(file))
    return results
  } catch (error) {
    throw error instanceof SendFailure ? error : new SendFailure('temporary', String((error as Error).message))
  }
}

/** Sends the parts of one message. What went out cannot be taken back: a failure after that is none that may be tried again. @returns the name of the first */
export async function sendParts(parts: readonly (() => Promise<string>)[]): Promise<string> {
  let first: string | null = null
  for (const part of parts) {
    try {
      const name = await part()
      first ??= name
    } catch (error) {
      throw first === null ? error : new Error(`Only a part was sent: ${(error as Error).message}`, { cause: error })
    }
  }
  return first ?? ''
}
