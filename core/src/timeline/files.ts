import { encodeCursor } from '../records/order.ts'
import { emptyPlan, type Node } from '../records/plan.ts'
import type { Reading } from '../records/reading.ts'
import { readPage } from '../records/rows.ts'
import { titledPlan } from './entries.ts'
import { EMPTY, type Batch, type Place } from './item.ts'

/** Files that were attached, and links: as far as the reader sees them. */
export async function readFiles(reading: Reading, ids: string[], search: string | null, before: Place | null, limit: number): Promise<Batch> {
  const object = reading.generation.model.objects.get('file')
  if (!object || reading.access.scope(object, 'read') === 'none') return EMPTY
  const plan = emptyPlan(object)
  for (const key of ['subject', 'createdAt', 'name']) {
    const field = object.byKey.get(key)!
    if (!reading.access.canRead(field)) return EMPTY
    plan.fields.set(key, field)
  }
  const url = object.byKey.get('url')
  if (url && reading.access.canRead(url)) plan.fields.set('url', url)
  const by = object.byKey.get('createdBy')
  if (by && reading.access.canRead(by)) plan.relations.set('createdBy', { field: by, plan: titledPlan(reading, 'user') })
  const page = await readPage(reading, plan, {
    filter: { subject: { id: { in: ids } } }, ...(search ? { search } : {}), orderBy: [{ field: 'createdAt', direction: 'DESC' }], first: Math.min(limit, 200),
    ...(before ? { after: encodeCursor({ values: [before.at], id: before.id }) } : {}),
  }, false)
  const last = page.nodes.at(-1)
  return {
    items: page.nodes.map((node) => {
      const author = node.createdBy as (Node & { name?: string }) | null | undefined
      return {
        id: node.id, kind: 'file', at: String(node.createdAt), author: { id: author?.id ?? null, name: author?.name ?? null }, record: node.subject as { object: string, id: string, title: string | null },
        heading: String(node.name), href: (node.url as string | null | undefined) ?? `/contents/${node.id}`, text: null, direction: null, seconds: null, pinnedAt: null, version: null, data: [], changeSet: null, action: null, fields: [],
      }
    }),
    next: page.hasNextPage && last ? { at: String(last.createdAt), id: last.id } : null,
  }
}
