import type { Agent } from 'undici'
import { checkedLookup, ClosedAddressError, kindOfAddress, literalAddress, systemResolve, type Networks, type Resolve } from './address.ts'

export interface AgentOptions {
  networks: Networks
  /** Told of each address that is connected to. */
  onAddress?(kind: 'public' | 'own'): void
  resolve?: Resolve
  connectMs?: number
  ca?: string
}

/**
 * Makes connections to public addresses by https, and to networks of one's own also by http; others fail with
 * {@link ClosedAddressError}. What is connected to is checked at the moment of the connection.
 */
export async function checkedAgent({ networks, onAddress, resolve = systemResolve, connectMs = 5_000, ca }: AgentOptions): Promise<Agent> {
  // Loaded with the first thing to send, not with the server.
  const { Agent, buildConnector } = await import('undici')
  const acceptBy = (protocol: string) => (address: string): void => {
    const kind = kindOfAddress(address, networks)
    if (!kind || (protocol !== 'https:' && kind !== 'own')) throw new ClosedAddressError()
    onAddress?.(kind)
  }
  const connectors = Object.fromEntries(['http:', 'https:'].map((protocol) => [protocol, buildConnector({ timeout: connectMs, lookup: checkedLookup(resolve, acceptBy(protocol)), ...ca ? { ca } : {} })]))
  return new Agent({
    allowH2: false, maxHeaderSize: 16_384,
    connect(to, done) {
      try {
        const protocol = to.protocol === 'https:' ? 'https:' : 'http:'
        // Nobody looks an address up, so it is checked here.
        const literal = literalAddress(to.hostname)
        if (literal) acceptBy(protocol)(literal)
        connectors[protocol]!(to, done)
      } catch (error) {
        done(error as Error, null)
      }
    },
  })
}
