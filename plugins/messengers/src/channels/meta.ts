import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import type { IncomingRequest, PluginContext, RouteDefinition, RouteResponse } from '@kartotek/sdk'
import { SendFailure, type OutgoingMessage } from '@kartotek/sdk/contracts'
import type { Settings } from '../settings.ts'
import { byStatus, brokenCall, callJson, type Answer } from './http.ts'
import { same } from './signatures.ts'

type Own = PluginContext<Settings>
const text = (value: unknown): string => (typeof value === 'string' ? value : '')

/** Meta asks once whether the address is ours. */
export function challenge(path: string, word: 'whatsappVerifyToken' | 'facebookVerifyToken'): RouteDefinition<Settings> {
  return { method: 'GET', path, access: 'public', run: ({ query }: IncomingRequest, { settings }: Own): RouteResponse => {
    const due = settings[word]
    if (!due || query['hub.mode'] !== 'subscribe' || !same(text(query['hub.verify_token']), due)) return { status: 403 }
    return { body: text(query['hub.challenge']).slice(0, 200) }
  } }
}

/** A call of the Graph API. `reasons`: what the codes of this product mean. @throws SendFailure */
export async function graph(ctx: Own, token: string, path: string, body: unknown, reasons: Record<number, SendFailure['reason']>): Promise<Record<string, unknown>> {
  const answer = await callJson(ctx, `${ctx.settings.graphApiRoot}/${path}`, { body, headers: { authorization: `Bearer ${token}` } })
  const failure = failureOf(answer, reasons)
  if (failure) throw failure
  return answer.body
}

const COMMON: Record<number, SendFailure['reason']> = { 4: 'temporary', 17: 'temporary', 32: 'temporary', 613: 'temporary', 80007: 'temporary', 190: 'credentials', 200: 'credentials' }

function failureOf(answer: Answer, reasons: Record<number, SendFailure['reason']>): SendFailure | null {
  const error = answer.body.error as { code?: number, message?: string, error_data?: { details?: string } } | undefined
  if (!error) return byStatus(answer, `The Graph API answers ${answer.status}.`)
  const words = error.error_data?.details ?? error.message ?? `Error ${error.code}`
  const reason = reasons[Number(error.code)] ?? COMMON[Number(error.code)]
  return reason ? new SendFailure(reason, words) : byStatus(answer, words) ?? new SendFailure('refused', words)
}

/** The content behind an address that Meta gave. */
export async function download(ctx: Own, url: string, token?: string): Promise<{ content: Readable, mime: string | null, name: string | null, bytes: number | null }> {
  try {
    const response = await ctx.fetch(url, token ? { headers: { authorization: `Bearer ${token}` } } : {})
    if (!response.ok || !response.body) throw new SendFailure(response.status >= 500 ? 'temporary' : 'refused', `The file answers ${response.status}.`)
    return { content: Readable.fromWeb(response.body as never), mime: response.headers.get('content-type'), name: null, bytes: Number(response.headers.get('content-length')) || null }
  } catch (error) {
    throw brokenCall(error)
  }
}

/** The contents of a file as a part of a form. */
export async function blobOf(file: NonNullable<OutgoingMessage['files']>[number]): Promise<{ blob: Blob, name: string, mime: string }> {
  const { name, mime, content } = await file.open()
  return { blob: new Blob([await buffer(content)], { type: mime }), name, mime }
}
