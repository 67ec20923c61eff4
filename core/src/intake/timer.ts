import { addWorkingMinutes } from '../working-time/calendar.ts'
import type { Calendars } from '../working-time/schedule.ts'
import type { IntakeSettings } from './intake-settings.ts'
import type { ItemRow } from './item.ts'

/** Minutes until the first answer to an item: those of its rule, or of known clients where it runs for one; null for no timer. */
export function minutesFor({ rule, answer_due: due }: Pick<ItemRow, 'rule' | 'answer_due'>, { rules, known }: IntakeSettings): number | null {
  if (rule) return rules.find((one) => one.id === rule)?.answerMinutes ?? null
  return due ? known.answerMinutes : null
}

/** When these minutes of the person's working time are over; of the company's, where it is nobody's or he does not work. */
export function dueFor(calendars: Calendars, user: string | null, minutes: number | null, now: Date): Date | null {
  if (minutes === null) return null
  return (user && addWorkingMinutes(calendars.of(user), now, minutes)) || addWorkingMinutes(calendars.company, now, minutes)
}
