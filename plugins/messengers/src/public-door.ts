import { createHash, createHmac, randomBytes } from 'node:crypto'
import type { PluginContext } from '@kartotek/sdk'
import { same } from './channels/signatures.ts'

/** What is behind doors that anybody may open: a secret of the plugin's own, how often somebody came, and what was used already. */

const secrets = new WeakMap<object, Promise<string>>()

async function secretOf(ctx: PluginContext): Promise<string> {
  const found = secrets.get(ctx)
  if (found) return found
  const asked = agreedSecret(ctx.db)
  secrets.set(ctx, asked)
  // What failed once is asked anew.
  asked.catch(() => secrets.delete(ctx))
  return asked
}

/** The one secret of all nodes. Who comes while another makes it waits for him: the row is unique, and is read by a statement that begins after that. */
export async function agreedSecret(db: Pick<PluginContext['db'], 'query'>): Promise<string> {
  await db.query('insert into door_secret (secret) values ($1) on conflict do nothing', [randomBytes(32).toString('base64url')])
  const [row] = await db.query<{ secret: string }>('select secret from door_secret')
  return row!.secret
}

/** A text that only this installation can have said. */
export async function signed(ctx: PluginContext, text: string): Promise<string> {
  return `${text}.${createHmac('sha256', await secretOf(ctx)).update(text).digest('base64url')}`
}

/** What was signed; null for what was not. */
export async function unsigned(ctx: PluginContext, token: string | undefined): Promise<string | null> {
  const at = token?.lastIndexOf('.') ?? -1
  if (!token || at < 1 || token.length > 500) return null
  const text = token.slice(0, at)
  return same(token, await signed(ctx, text)) ? text : null
}

/** Counts one more of the key within its hour. @returns whether it is still allowed */
export async function allowed(ctx: PluginContext, key: string, most: number, seconds = 3_600): Promise<boolean> {
  const digest = createHash('sha256').update(key).digest('base64url')
  const [row] = await ctx.db.query<{ count: number }>(
    `insert into rate (key, until_at, count) values ($1, now() + make_interval(secs => $2), 1)
     on conflict (key) do update set count = case when rate.until_at < now() then 1 else rate.count + 1 end, until_at = case when rate.until_at < now() then excluded.until_at else rate.until_at end
     returning count`, [digest, seconds])
  return row!.count <= most
}

/** An address as it is counted: of IPv6 the network, which one person has. */
export function addressOf(ip: string): string {
  if (!ip.includes(':') || ip.includes('.')) return ip
  const [head, tail] = ip.split('%')[0]!.split('::').map((part) => part.split(':').filter(Boolean)) as [string[], string[] | undefined]
  return [...head, ...Array<string>(Math.max(0, 8 - head.length - (tail?.length ?? 0))).fill('0'), ...tail ?? []].slice(0, 4).join(':')
}

export const escapeHtml = (text: unknown): string => String(text ?? '').replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`)

/** Headers of what pages of other sites may load. */
export const OPEN = { 'cross-origin-resource-policy': 'cross-origin', 'access-control-allow-origin': '*' }
