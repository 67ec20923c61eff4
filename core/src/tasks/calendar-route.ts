import express, { type Request, type Router } from 'express'
import { NotFoundError, type Actor, type Filter, type Locale } from '@kartotek/sdk'
import { actorOf } from '../access/explain.ts'
import { addressKey, clientAddress, type TrustProxy } from '../accounts/address.ts'
import type { LimitName } from '../accounts/limits.ts'
import { readingOf, type Engine } from '../records/engine.ts'
import { emptyPlan, type Node } from '../records/plan.ts'
import type { Reading } from '../records/reading.ts'
import { readPage } from '../records/rows.ts'
import { userOfLink } from './calendar-link.ts'
import { knowsParticipants } from './counters.ts'
import { calendarOf, type CalendarEvent } from './icalendar.ts'
import { inZone, isoOf } from './times.ts'

export interface CalendarDeps {
  engine: Engine
  limits: { take(name: LimitName, key: string, locale: Locale): Promise<void>, giveBack(name: LimitName, key: string): Promise<void> }
  publicUrl(): string
  trustProxy?: TrustProxy
}

/** Days of the past and of the future that a calendar shows, and entries at most. */
const PAST = 90
const AHEAD = 400
const MOST = 1_000
const FIELDS = ['title', 'text', 'place', 'due', 'allDay', 'minutes', 'updatedAt']

/** `GET /calendar/<token>.ics`: the dated tasks and meetings of whoever made the link, for calendar programs, which cannot sign in. */
export function calendarRouter({ engine, limits, publicUrl, trustProxy }: CalendarDeps): Router {
  const router = express.Router()
  router.get('/:name', async (request: Request, response) => {
    const token = /^([\w-]{43})\.ics$/.exec(String(request.params.name))?.[1]
    const address = addressKey(clientAddress(request, trustProxy) ?? '')
    // A wrong link counts for its address, a right one for its owner: an office reads many calendars by one address.
    await limits.take('link', address, 'en')
    const user = token ? await userOfLink(engine.db, token) : null
    const actor = user ? await actorOf(engine, user) : null
    if (!actor) throw new NotFoundError('There is no such record.')
    await limits.giveBack('link', address)
    await limits.take('calendar', user!, actor.locale)
    const text = await calendarFor(engine, actor, publicUrl())
    response.set({ 'content-type': 'text/calendar; charset=utf-8', 'cache-control': 'private, no-store', 'x-robots-tag': 'noindex', 'referrer-policy': 'no-referrer' })
    response.send(text)
  })
  return router
}

/** What this person does and where he takes part, as far as he may see it. */
export async function calendarFor(engine: Engine, actor: Actor, publicUrl: string): Promise<string> {
  const reading = readingOf(engine, { actor })
  const zone = reading.generation.company.timeZone
  const object = reading.generation.model.objects.get('task')
  const events: CalendarEvent[] = []
  if (object && reading.access.scope(object, 'read') !== 'none' && ['title', 'due', 'owner'].every((key) => reading.access.canRead(object.byKey.get(key)!))) {
    const plan = emptyPlan(object)
    for (const key of FIELDS) {
      const field = object.byKey.get(key)!
      if (reading.access.canRead(field)) plan.fields.set(key, field)
    }
    const day = (offset: number): string => new Date(Date.now() + offset * 86_400_000).toISOString()
    const today = isoOf(inZone(new Date(), zone).startOf('day'))
    const add = async (due: Filter, direction: 'ASC' | 'DESC'): Promise<void> => {
      for (let after: string | undefined; events.length < MOST;) {
        const first = Math.min(200, MOST - events.length)
        const page: Awaited<ReturnType<typeof readPage>> = await readPage(reading, plan, { filter: { due, or: mine(reading, actor) }, orderBy: [{ field: 'due', direction }], first, ...(after ? { after } : {}) }, false)
        events.push(...page.nodes.map((node) => eventOf(node, publicUrl)))
        if (!page.hasNextPage) return
        after = page.cursorOf(page.nodes.length - 1) ?? undefined
      }
    }
    // What is to come first; of the past the newest, as far as there is room.
    await add({ gte: today, lte: day(AHEAD) }, 'ASC')
    await add({ gte: day(-PAST), lt: today }, 'DESC')
  }
  return calendarOf('Kartotek', events, zone)
}

function mine(reading: Reading, actor: Actor): Filter[] {
  const me = { id: { eq: actor.userId } }
  return [{ owner: me }, ...(knowsParticipants(reading) ? [{ participants: { some: { user: me } } }] : [])]
}

function eventOf(node: Node, publicUrl: string): CalendarEvent {
  const text = (key: string): string | null => (node[key] as string | null | undefined) ?? null
  return {
    id: node.id, title: text('title') ?? '', text: text('text'), place: text('place'), due: String(node.due), allDay: node.allDay === true, minutes: (node.minutes as number | null | undefined) ?? null,
    updatedAt: text('updatedAt') ?? String(node.due), url: new URL(`/tasks/${node.id}`, publicUrl).href,
  }
}
