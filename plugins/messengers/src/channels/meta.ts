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

/** What the codes of a product mean; `code.subcode` where the code alone says too little. */
export type Reasons = Readonly<Record<string, SendFailure['reason']>>

/** A call of the Graph API. @throws SendFailure */
export async function graph(ctx: Own, token: string, path: string, body: unknown, reasons: Reasons): Promise<Record<string, unknown>> {
  const answer = await callJson(ctx, `${ctx.settings.graphApiRoot}/${path}`, { body, headers: { authorization: `Bearer ${token}` } })
  const failure = failureOf(answer, reasons)
  if (failure) throw failure
  return answer.body
}

const COMMON: Reasons = { 0: 'credentials', 1: 'temporary', 2: 'temporary', 4: 'temporary', 17: 'temporary', 32: 'temporary', 613: 'temporary', 80007: 'temporary', 10: 'credentials', 190: 'credentials', 200: 'credentials', 368: 'credentials' }

export function reasonOf({ code, error_subcode: subcode }: { code?: number, error_subcode?: number }, reasons: Reasons): SendFailure['reason'] | null {
  return reasons[`${code}.${subcode}`] ?? reasons[String(code)] ?? COMMON[String(code)] ?? null
}

function failureOf(answer: Answer, reasons: Reasons): SendFailure | null {
  const error = answer.body.error as { code?: number, error_subcode?: number, message?: string, error_data?: { details?: string } } | undefined
  if (!error) return byStatus(answer, `The Graph API answers ${answer.status}.`)
  const words = error.error_data?.details ?? error.message ?? `Error ${error.code}`
  const reason = reasonOf(error, reasons)
  return reason ? new SendFailure(reason, words, reason === 'temporary' ? Number(answer.headers.get('retry-after')) || null : null) : byStatus(answer, words) ?? new SendFailure('refused', words)
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
