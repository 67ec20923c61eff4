import { query } from '../../graphql/client.ts'

export interface AccessLogEntry { id: string, at: string, kind: string, userId: string | null, ip: string | null, detail: Record<string, unknown> }

const PAGE = 50

/** A page of the log, the newest first. @param before of what is older than this. */
export async function loadAccessLog(filter: { user?: string, kind?: string }, before?: string): Promise<{ entries: AccessLogEntry[], more: boolean }> {
  const { accessLog } = await query<{ accessLog: AccessLogEntry[] }>(
    `query AccessLog($user: ID, $kind: String, $before: DateTime) { accessLog(user: $user, kind: $kind, before: $before, first: ${PAGE}) { id at kind userId ip detail } }`, { ...filter, before })
  return { entries: accessLog, more: accessLog.length === PAGE }
}

/** How people are called; who cannot be seen or is gone has no name. */
export async function namesOf(ids: readonly string[]): Promise<Map<string, string>> {
  if (!ids.length) return new Map()
  const { users } = await query<{ users: { nodes: { id: string, title: string | null }[] } }>('query Names($ids: [ID!]) { users(filter: { id: { in: $ids } }, first: 200, archived: ALL) { nodes { id title } } }', { ids })
  return new Map(users.nodes.map(({ id, title }) => [id, title ?? '']))
}
