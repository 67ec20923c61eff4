import { NotAllowedError, type PluginDefinition } from '@kartotek/sdk'
import type { Agent, RequestInit as UndiciInit } from 'undici'
import { ClosedAddressError, type Networks } from '../outbound/address.ts'
import { checkedAgent } from '../outbound/agent.ts'

/** How entries of `outbound` are written. */
export const OUTBOUND = /^(https?:\/\/(\*\.)?[a-z0-9][a-z0-9.-]*(:\d+)?|\{settings\.\w+\})$/

/** Calls another system for a plugin, within what its `outbound` names. */
export type OutboundFetch = (plugin: PluginDefinition, settings: Readonly<Record<string, unknown>>, url: string | URL, init?: RequestInit) => Promise<Response>

export function outboundFetch(networks: Networks): OutboundFetch {
  let agent: Promise<Agent> | undefined
  return async (plugin, settings, address, init = {}) => {
    const url = new URL(address)
    if (!(plugin.outbound ?? []).some((entry) => allows(entry, url, settings))) {
      throw new NotAllowedError(`The plugin ${plugin.id} does not say that it calls ${url.origin}: add it to "outbound".`)
    }
    const { fetch } = await import('undici')
    const dispatcher = await (agent ??= checkedAgent({ networks }))
    try {
      return await fetch(url, { ...await withForm(init) as UndiciInit, redirect: 'manual', dispatcher }) as unknown as Response
    } catch (error) {
      if (!isClosed(error)) throw error
      throw new NotAllowedError(`The plugin ${plugin.id} may not call ${url.origin}: it is no public address with https, and no network of one's own (KARTOTEK_WEBHOOK_NETWORKS).`)
    }
  }
}

/** A form of Node is none to the library, which would send its name; so it is written out here. */
async function withForm(init: RequestInit): Promise<RequestInit> {
  if (!(init.body instanceof FormData)) return init
  const written = new Response(init.body)
  const headers = new Headers(init.headers)
  headers.set('content-type', written.headers.get('content-type')!)
  return { ...init, headers: Object.fromEntries(headers), body: await written.arrayBuffer() }
}

function allows(entry: string, url: URL, settings: Readonly<Record<string, unknown>>): boolean {
  const setting = /^\{settings\.(\w+)\}$/.exec(entry)
  if (setting) {
    const value = settings[setting[1]!]
    return typeof value === 'string' && URL.canParse(value) && new URL(value).origin === url.origin
  }
  const [protocol, host] = entry.split('://') as [string, string]
  if (url.protocol !== `${protocol}:`) return false
  return host.startsWith('*.') ? url.host.endsWith(host.slice(1)) && url.host.length > host.length - 1 : new URL(entry).host === url.host
}

function isClosed(error: unknown): boolean {
  for (let one = error as { cause?: unknown } | undefined; one; one = one.cause as typeof one) if (one instanceof ClosedAddressError) return true
  return false
}
