import type { RecordData } from '@kartotek/sdk'
import type { CallResult } from '@kartotek/sdk/contracts'
import type { Ctx } from '../settings.ts'
import type { CallFacts } from './merge.ts'

/** A call as its record keeps it. */
export interface Call extends CallFacts {
  id: string
  version: number
  heading: string
  numberKey: string | null
  owner: string | null
  client: string | null
  contact: string | null
  order: string | null
  note: string | null
  talk: number | null
  missedCall: string | null
  intakeItem: string | null
  provider: string
  externalId: string
  externalKey: string
  tellings: number
}

/** The value of a choice, which records give with its label. */
const keyOf = (value: unknown): string | null => (typeof value === 'object' && value !== null ? (value as { key: string }).key : value as string | null)

export function callOf(record: RecordData): Call {
  const number = record.number as { raw: string } | null
  return { ...record, number: number?.raw ?? null, direction: keyOf(record.direction), result: keyOf(record.result) as CallResult | null } as unknown as Call
}

export async function callByKey(ctx: Ctx, externalKey: string): Promise<Call | null> {
  const { nodes } = await ctx.records.list('call', { filter: { externalKey: { eq: externalKey } }, first: 1 })
  return nodes[0] ? callOf(nodes[0]) : null
}

export async function callById(ctx: Ctx, id: string): Promise<Call | null> {
  const record = await ctx.records.get('call', id)
  return record && callOf(record)
}

/** By which calls of one number find each other: E.164, or the digits as they came. */
export function numberKeyOf(ctx: Ctx, number: string | null): string | null {
  return number ? ctx.company.phone(number).e164 ?? number.replace(/[^\d+*#]/g, '') : null
}
