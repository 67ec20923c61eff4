import type { Company } from '@kartotek/sdk'
import { sql } from 'kysely'
import { UUID } from '../facts/uuid.ts'
import { parsePhone } from '../facts/phone.ts'
import type { CompanyRules } from '../model/generation.ts'
import type { Files } from '../files/files.ts'
import { pluginFiles } from '../files/plugin-files.ts'
import { accessOf, readingOf, type Engine } from '../records/engine.ts'
import type { Settings } from '../settings/index.ts'
import { addWorkingMinutes, isWorkingTime, nextWorkingMoment } from '../working-time/calendar.ts'
import { readCalendars } from '../working-time/schedule.ts'
import type { Surroundings } from './context.ts'
import { externalRefsOf } from './external-refs.ts'
import type { Subscribe } from './live-events.ts'

/** What plugins may ask of the installation: the company, the rights of who acts, what happens. */
export function surroundingsOf(engine: () => Engine, settings: Settings, rules: () => CompanyRules, feed: { subscribe: Subscribe }, files: () => Files): Surroundings {
  const company: Company = {
    get locale() { return settings.company.locale },
    get timeZone() { return settings.company.timeZone },
    phone(text) {
      const { e164, display, country } = parsePhone(text, rules())
      return { e164, display, country }
    },
    async dueAfter(minutes, from = new Date()) {
      const { company: calendar } = await readCalendars(engine().db, settings.company, [])
      return isWorkingTime(calendar, from) ? addWorkingMinutes(calendar, from, minutes) : nextWorkingMoment(calendar, from)
    },
    async leadersOf(user) {
      if (!UUID.test(user)) return []
      const { rows } = await sql<{ id: string }>`select distinct u.id from core.team_member m join core.team_member l on l.team_id = m.team_id and l.leader and l.user_id <> m.user_id
        join core."user" u on u.id = l.user_id and u.active and u.trashed_at is null where m.user_id = ${user}::uuid order by u.id`.execute(engine().db)
      return rows.map((row) => row.id)
    },
  }
  return {
    company,
    can: (actor, capability) => accessOf(engine(), engine().live.current, actor).capability(capability),
    subscribe: (interest, listener) => feed.subscribe(interest, listener),
    externalRefs: (actor, plugin, { lease, trx }) => externalRefsOf(plugin, () => ({ ...readingOf(engine(), { actor }), ...trx && { db: trx } }), { lease, inGuard: trx !== undefined }),
    files: (actor) => pluginFiles(engine(), files(), { actor, origin: actor.kind === 'plugin' ? 'plugin' : 'api' }),
  }
}
