import type { IncomingMessage } from 'node:http'
import { expect, it } from 'vitest'
import { addressKey, clientAddress, type TrustProxy } from './address.ts'

const from = (remoteAddress: string, forwarded?: string) =>
  ({ headers: forwarded ? { 'x-forwarded-for': forwarded } : {}, socket: { remoteAddress } }) as unknown as IncomingMessage
const ours: TrustProxy = (address) => ['10.0.0.1', '10.0.0.2'].includes(address)

it('believes nobody without trusted proxies', () => {
  expect(clientAddress(from('198.51.100.1', '203.0.113.5'))).toBe('198.51.100.1')
})

it('reads the chain from the nearest proxy outwards and stops at the first stranger', () => {
  expect(clientAddress(from('10.0.0.1', '203.0.113.5'), ours)).toBe('203.0.113.5')
  expect(clientAddress(from('10.0.0.1', '1.2.3.4, 203.0.113.5, 10.0.0.2'), ours)).toBe('203.0.113.5')
  expect(clientAddress(from('10.0.0.1', 'not an address'), ours)).toBe('10.0.0.1')
  expect(clientAddress(from('198.51.100.1', '10.0.0.2'), ours)).toBe('198.51.100.1')
  expect(clientAddress(from('10.0.0.1'), ours)).toBe('10.0.0.1')
})

it('counts an IPv4 address once, however it is written, and an IPv6 customer by the /64', () => {
  expect(addressKey('::ffff:198.51.100.7')).toBe(addressKey('198.51.100.7'))
  expect(addressKey('2001:db8:1:2::1')).toBe(addressKey('2001:db8:1:2:ffff::9'))
  expect(addressKey('2001:db8:1:2::1')).not.toBe(addressKey('2001:db8:1:3::1'))
  expect(addressKey('')).toBe('unknown')
})
