import type { IncomingMessage } from 'node:http'
import ipaddr from 'ipaddr.js'

/** Whether the machine at this address is our own proxy; `hop` 0 is the direct peer. */
export type TrustProxy = (address: string, hop: number) => boolean

/**
 * The client's address: the connection's peer, or what trusted proxies say, read from the nearest hop outwards. What a
 * client itself writes into `X-Forwarded-For` is never believed.
 */
export function clientAddress(request: IncomingMessage, trust: TrustProxy = () => false): string {
  const peer = plain(request.socket.remoteAddress ?? '')
  const header = request.headers['x-forwarded-for']
  const named = (Array.isArray(header) ? header.join(',') : header ?? '').split(',').map((part) => part.trim()).filter(Boolean)
  let address = peer
  for (let hop = 0; trust(address, hop) && named.length > 0; hop++) {
    const next = plain(named.pop() ?? '')
    if (!ipaddr.isValid(next)) break
    address = next
  }
  return address
}

/** The key under which an address is limited: an IPv6 customer owns a /64, so all of it counts as one. */
export function addressKey(address: string): string {
  if (!ipaddr.isValid(address)) return 'unknown'
  const parsed = ipaddr.process(address)
  if (parsed.kind() === 'ipv4') return parsed.toString()
  return `${parsed.toByteArray().slice(0, 8).map((byte) => byte.toString(16).padStart(2, '0')).join('')}/64`
}

/** Whether an address is this machine itself. */
export const isLoopback = (address: string): boolean => ipaddr.isValid(address) && ipaddr.process(address).range() === 'loopback'

function plain(address: string): string {
  return ipaddr.isValid(address) ? ipaddr.process(address).toString() : address
}
