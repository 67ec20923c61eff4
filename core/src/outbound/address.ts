import { lookup as resolve } from 'node:dns/promises'
import { isIP, type LookupFunction } from 'node:net'
import ipaddr from 'ipaddr.js'

/** Networks of one's own that may be called although they are not public. */
export type Networks = readonly [ipaddr.IPv4 | ipaddr.IPv6, number][]

/** All addresses of a name. Replaced in tests. */
export type Resolve = (host: string) => Promise<{ address: string, family: number }[]>

export const systemResolve: Resolve = (host) => resolve(host, { all: true, verbatim: true })

/** The address must not be called. */
export class ClosedAddressError extends Error {
  constructor() { super('The address is not a public one.') }
}

/** `10.0.0.0/8,192.168.1.5` as networks. */
export function parseNetworks(text: string): Networks {
  return text.split(',').map((part) => part.trim()).filter(Boolean).map((part) => (part.includes('/') ? ipaddr.parseCIDR(part) : [ipaddr.parse(part), part.includes(':') ? 128 : 32]))
}

const GLOBAL_IPV6 = ipaddr.parseCIDR('2000::/3') as [ipaddr.IPv6, number]
const NAT64 = ipaddr.parseCIDR('64:ff9b::/96') as [ipaddr.IPv6, number]

/** The IPv4 address that an IPv6 one stands for, or itself. */
function unwrapped(address: ipaddr.IPv4 | ipaddr.IPv6): ipaddr.IPv4 | ipaddr.IPv6 {
  if (address.kind() === 'ipv4') return address
  const six = address as ipaddr.IPv6
  if (six.isIPv4MappedAddress()) return six.toIPv4Address()
  return six.match(NAT64) ? ipaddr.fromByteArray(six.toByteArray().slice(12)) : six
}

/** `public`: anybody's; `own`: of the networks that the operator opened; null: closed. */
export function kindOfAddress(text: string, own: Networks): 'public' | 'own' | null {
  if (!ipaddr.isValid(text)) return null
  const address = unwrapped(ipaddr.parse(text))
  if (own.some(([network, bits]) => network.kind() === address.kind() && address.match(network as ipaddr.IPv6, bits))) return 'own'
  if (address.range() !== 'unicast') return null
  return address.kind() === 'ipv4' || (address as ipaddr.IPv6).match(GLOBAL_IPV6) ? 'public' : null
}

/**
 * Looks a name up for the connection that is being made: the addresses that it gets are those that were checked, so a name that
 * answers otherwise the second time gains nothing. One closed address closes the name.
 * @param accept throws for an address that must not be called
 */
export function checkedLookup(resolveName: Resolve, accept: (address: string) => void): LookupFunction {
  return (host, options, done) => {
    resolveName(host).then((addresses) => {
      if (!addresses.length) throw new Error(`There is no address of ${host}.`)
      for (const { address } of addresses) accept(address)
      if (options.all) done(null, addresses)
      else done(null, addresses[0]!.address, addresses[0]!.family)
    }).catch((error: NodeJS.ErrnoException) => { done(error, options.all ? [] : '') })
  }
}

/** The address where a host is one already; its name is then looked up by nobody. */
export function literalAddress(host: string): string | null {
  const bare = host.replace(/^\[|\]$/g, '')
  return isIP(bare) ? bare : null
}
