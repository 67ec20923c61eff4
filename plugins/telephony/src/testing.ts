import type { CallSink, CallState } from '@kartotek/sdk/contracts'
import { callSink } from '@kartotek/sdk/contracts'
import type { testCrm } from '@kartotek/core/testing'

type Crm = Awaited<ReturnType<typeof testCrm>>
type Caller = Awaited<ReturnType<Crm['as']>>

/** The sink as a provider gets it. */
export function sinkOf(crm: Crm): CallSink {
  const [provider] = crm.kartotek.host.contextFor('telephony').providers(callSink)
  return provider!.service
}

export async function client(crm: Crm, admin: Caller, phone: string, more: object = {}): Promise<string> {
  const { createClient } = await crm.ask(admin, 'mutation ($input: ClientCreateInput!) { createClient(input: $input) { id } }', { input: { name: `Client ${phone}`, contactPoints: [{ kind: 'phone', value: phone }], ...more } })
  return createClient.id as string
}

export async function withExtension(crm: Crm, admin: Caller, role: string, extension: string): Promise<Caller> {
  const caller = await crm.as(role)
  await crm.ask(admin, 'mutation ($id: ID!, $extension: String) { updateUser(id: $id, input: { telephony: { extension: $extension } }) { id } }', { id: caller.actor.userId, extension })
  return caller
}

/** A call of a quarter of a minute at this moment, nobody answered. */
export const missedAt = (externalId: string, number: string | null, at: string, more: Partial<CallState> = {}): CallState =>
  ({ externalId, direction: 'in', number, line: '+358 9 100', startedAt: at, endedAt: new Date(Date.parse(at) + 15_000).toISOString(), result: 'missed', ...more })
export const answeredAt = (externalId: string, number: string, at: string, extension: string, more: Partial<CallState> = {}): CallState =>
  ({ externalId, direction: 'in', number, startedAt: at, extension, answeredAt: new Date(Date.parse(at) + 5_000).toISOString(), endedAt: new Date(Date.parse(at) + 65_000).toISOString(), result: 'answered', ...more })
