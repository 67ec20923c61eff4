import { definePlugin, InputError, textIn, type PluginDefinition, type Resolvers } from '@kartotek/sdk'
import { visibleTitles } from '../changes/changes.ts'
import type { RequestContext } from '../graphql/context.ts'
import { readSection, writeSection } from '../settings/section.ts'
import { absenceObject, computeAbsences } from './absence-object.ts'
import { HOLIDAY_COUNTRIES, holidaysOf } from './holidays.ts'
import { checkedDay, checkedWeek, WEEK, type Week } from './hours.ts'
import { holidayCountry, workingTime, type CompanyHours } from './schedule.ts'

const typeDefs = `
"""Hours by day of the week, as \`09:00-13:00\`, in the time zone of the company. No hours: a day off."""
type WorkingWeek { ${WEEK.map((day) => `${day}: [String!]!`).join(' ')} }
input WorkingWeekInput { ${WEEK.map((day) => `${day}: [String!] = []`).join(' ')} }
"""A day that is not like its weekday: off where it has no hours."""
type SpecialDay { date: Date! name: String! hours: [String!]! }
input SpecialDayInput { date: Date! name: String! hours: [String!] = [] }
"""A day off by law."""
type PublicHoliday { date: Date! name: String! }
"""Own hours of a person."""
type PersonHours { user: ID! hours: WorkingWeek! }
input PersonHoursInput { user: ID! hours: WorkingWeekInput! }
"""When the company works."""
type WorkingTime {
  "Tells one state from the next, for changes."
  version: String!
  hours: WorkingWeek!
  "The country whose public holidays are days off; null for none."
  holidays: String
  "Countries whose public holidays are known."
  countries: [String!]!
  publicHolidays(year: Int!): [PublicHoliday!]!
  "Own days off and working days, by date. They come before holidays and hours."
  days: [SpecialDay!]!
  people: [PersonHours!]!
}
"""What is left out stays."""
input WorkingTimeInput {
  hours: WorkingWeekInput
  "NONE or one of the countries."
  holidays: String
  days: [SpecialDayInput!]
  "All who have hours of their own; whom one does not see keeps his."
  people: [PersonHoursInput!]
}
extend type Query {
  workingTime: WorkingTime!
}
extend type Mutation {
  updateWorkingTime(version: String!, input: WorkingTimeInput!): WorkingTime!
}
`

interface WorkingTimeInput {
  hours?: Week | null
  holidays?: string | null
  days?: { date: string, name: string, hours: string[] }[] | null
  people?: { user: string, hours: Week }[] | null
}

const MOST_DAYS = 1_000

/** When the company and its people work: hours, holidays, special days, absences. */
export const workingTimeFeature = (deps: { country(): string }): PluginDefinition => definePlugin({
  id: 'working-time',
  version: '1.0.0',
  objects: [absenceObject],
  compute: { absence: { id: 'days', run: computeAbsences } },
  graphql: {
    typeDefs,
    resolvers: {
      Query: { workingTime: (_: unknown, _args: unknown, ctx: RequestContext) => shown(ctx, deps.country()) },
      Mutation: {
        async updateWorkingTime(_: unknown, { version, input }: { version: string, input: WorkingTimeInput }, ctx: RequestContext) {
          ctx.access.require('settings.manage')
          const people = await peopleOf(ctx, input.people ?? [])
          await writeSection(ctx.engine.db, workingTime, ctx.caller, version, (current) => changed(current, input, people))
          return shown(ctx, deps.country())
        },
      },
      WorkingTime: {
        publicHolidays({ holidays }: { holidays: string | null }, { year }: { year: number }, ctx: RequestContext) {
          if (!holidays || year < 1990 || year > 2200) return []
          return holidaysOf(holidays, year).map(({ date, name }) => ({ date, name: textIn(name, ctx.reading.locale) }))
        },
      },
    } as unknown as Resolvers,
  },
})

async function shown(ctx: RequestContext, country: string) {
  const { value, version } = await readSection(ctx.engine.db, workingTime)
  const visible = await visibleTitles(ctx.reading, Object.keys(value.people).map((id) => ['user', id]))
  return {
    version, hours: value.hours, holidays: holidayCountry(value, country), countries: HOLIDAY_COUNTRIES,
    days: Object.entries(value.days).sort(([a], [b]) => (a < b ? -1 : 1)).map(([date, day]) => ({ date, ...day })),
    people: Object.entries(value.people).filter(([id]) => visible.has(id)).map(([user, hours]) => ({ user, hours })),
  }
}

/** The people named, who must be seen by who names them, and those whom he sees at all. */
async function peopleOf(ctx: RequestContext, named: { user: string, hours: Week }[]): Promise<{ weeks: Record<string, Week>, seen: ReadonlySet<string> }> {
  const { value } = await readSection(ctx.engine.db, workingTime)
  const seen = await visibleTitles(ctx.reading, [...named.map((one) => one.user), ...Object.keys(value.people)].map((id) => ['user', id]))
  const unknown = named.findIndex((one) => !seen.has(one.user))
  if (unknown >= 0) throw invalid(`people.${unknown}.user`, 'reference', 'There is no such record.')
  return { weeks: Object.fromEntries(named.map((one, i) => [one.user, checkedWeek(one.hours, `people.${i}.hours`)])), seen: new Set(seen.keys()) }
}

function changed(current: CompanyHours, input: WorkingTimeInput, people: Awaited<ReturnType<typeof peopleOf>>): CompanyHours {
  const { hours, holidays, days } = input
  if (holidays && holidays !== 'NONE' && !(HOLIDAY_COUNTRIES as string[]).includes(holidays)) throw invalid('holidays', 'option', 'The holidays of this country are not known; enter them as days of the company.')
  if (days && days.length > MOST_DAYS) throw invalid('days', 'tooMany', 'At most 1,000 special days.')
  const unseen = Object.entries(current.people).filter(([id]) => !people.seen.has(id))
  return {
    ...current,
    ...(hours ? { hours: checkedWeek(hours, 'hours') } : {}),
    ...(holidays ? { holidays: holidays === 'NONE' ? null : holidays } : {}),
    ...(days ? { days: Object.fromEntries(days.map((day, i) => [day.date, { name: day.name.trim().slice(0, 100), hours: checkedDay(day.hours, `days.${i}.hours`) }])) } : {}),
    ...(input.people ? { people: { ...Object.fromEntries(unseen), ...people.weeks } } : {}),
  }
}

function invalid(field: string, rule: string, message: string): InputError {
  return new InputError(message, [{ field, rule, message }])
}
