import { InputError } from '@kartotek/sdk'
import { sql } from 'kysely'
import type { RequestContext } from '../graphql/context.ts'
import { segmentOf, type SegmentDefinition } from '../segments/segment.ts'
import { createSaved, listSaved, updateSaved, type Saved, type SavedTable, type Sharing } from '../views/saved.ts'
import { PLAIN_VIEW, sharingOf, viewOf, visibleObject, type ViewDefinition } from '../views/view.ts'
import { clean, type Item, type Section, type Workshop } from './section.ts'

/** Conditions under a name. */
export const segments = saved<SegmentDefinition>('segments', 'segment', ({ reading }, object, wished, id) => segmentOf(reading, object, wished.filter, id))

/** Ways to look at lists. */
export const views = saved<ViewDefinition>('views', 'view', ({ reading }, object, wished) => viewOf(reading, visibleObject(reading, object), PLAIN_VIEW, wished), PLAIN_VIEW)

/** What is shared of a kind, by object and name. What people keep for themselves is no model. */
function saved<D extends object>(name: string, table: SavedTable, define: (ctx: RequestContext, object: string, wished: D, id?: string) => Promise<D>, plain?: D): Section {
  const byKey = async (workshop: Workshop): Promise<Map<string, Saved<D>>> => {
    const found = new Map<string, Saved<D>>()
    for (const one of await listSaved<D>(workshop.fresh().reading, table, null)) {
      const key = `${one.object}/${one.name}`
      // Of several of one name, the first is the one that a file names.
      if (isShared(one) && !found.has(key)) found.set(key, one)
    }
    return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)))
  }
  return {
    name,
    word: table,
    capability: 'views.share',
    async read(workshop) {
      const references = await workshop.references()
      return new Map([...await byKey(workshop)].map(([key, one]) => [key, clean(references.named({ ...one.definition, sharing: sharingOf(one) }))]))
    },
    wanted: (_key, _from, { sharing, ...to }) => clean<Item>({ ...plain, ...to, sharing: sharingOf(sharing as Partial<Sharing>) }),
    refuses: (_key, _from, { sharing }) => (isShared(sharing as Sharing) ? null : 'it is shared with nobody'),
    async apply(workshop, key, from, to) {
      const ctx = workshop.fresh()
      const { sharing, ...wished } = (await workshop.references()).resolved(to)
      const [object, ...rest] = key.split('/') as [string, ...string[]]
      const before = from ? (await byKey(workshop)).get(key) : undefined
      const input = { name: rest.join('/'), sharing: sharingOf(sharing as Sharing), definition: await define(ctx, object, wished as D, before?.id) }
      if (before) await updateSaved<D>(ctx.reading, table, before.id, before.version, () => input)
      else await createSaved(ctx.reading, table, object, input, ctx.actor.userId ?? await firstAdministrator(ctx))
    },
  }
}

const isShared = ({ everybody, teams, roles }: Sharing): boolean => everybody || teams.length > 0 || roles.length > 0

/** Everything saved has an owner: of what the system makes, whoever administers longest. */
async function firstAdministrator({ engine }: RequestContext): Promise<string> {
  const role = engine.live.current.roles.find(({ rules }) => rules.everything)
  const { rows: [user] } = await sql<{ id: string }>`select u.id from core."user" u join core.user_role r on r.user_id = u.id where r.role_id = ${role?.id} and u.active and u.trashed_at is null order by u.id limit 1`.execute(engine.db)
  if (!user) throw new InputError('There is no administrator yet who could own it.')
  return user.id
}
