import type { Ctx } from '../settings.ts'

/** Ids of the users to whom these extensions belong, in their order; of those only who work here. */
export async function usersOf(ctx: Ctx, extensions: readonly (string | null | undefined)[]): Promise<string[]> {
  const wanted = [...new Set(extensions.filter((one): one is string => Boolean(one)))].slice(0, 100)
  if (!wanted.length) return []
  const { nodes } = await ctx.records.list('user', { filter: { telephony: { extension: { in: wanted } }, active: { eq: true } }, fields: ['telephony.extension'], first: 100 })
  const byExtension = new Map(nodes.map((node) => [(node.telephony as { extension: string }).extension, node.id]))
  return wanted.flatMap((extension) => byExtension.get(extension) ?? [])
}

/** The extension of a user; null where he has none. */
export async function extensionOf(ctx: Ctx, user: string | null): Promise<string | null> {
  const record = user ? await ctx.records.get('user', user, ['telephony.extension']) : null
  return (record?.telephony as { extension: string | null } | undefined)?.extension ?? null
}

export async function isActive(ctx: Ctx, user: string): Promise<boolean> {
  return Boolean((await ctx.records.get('user', user, ['active']))?.active)
}
