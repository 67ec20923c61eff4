import { query } from '../graphql/client.ts'

/** How people are called; who cannot be seen or is gone has no name. */
export async function namesOf(ids: readonly string[]): Promise<Map<string, string>> {
  if (!ids.length) return new Map()
  const { users } = await query<{ users: { nodes: { id: string, title: string | null }[] } }>('query Names($ids: [ID!]) { users(filter: { id: { in: $ids } }, first: 200, archived: ALL) { nodes { id title } } }', { ids })
  return new Map(users.nodes.map(({ id, title }) => [id, title ?? '']))
}
