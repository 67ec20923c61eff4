import type { ComputedRecord } from '@kartotek/sdk'
import { endOfDay } from './times.ts'

/** What makes the rule of a series; who changes it begins it anew. */
const RULE = ['repeat', 'repeatEvery', 'repeatDays', 'repeatMonthly']

/** Who finished a task and when; a task of a whole day is due at the end of that day; a series begins with its first task. */
export function computeTasks(tasks: ComputedRecord[], zone: string): void {
  for (const { values, isNew, changed, by, refuse } of tasks) {
    if (values.state === 'done' && (isNew || changed.has('state'))) {
      values.doneAt = new Date().toISOString()
      values.doneBy = by
    } else if (values.state === 'open' && changed.has('state') && !isNew) {
      values.doneAt = null
      values.doneBy = null
    }
    if (values.allDay && values.due && (isNew || changed.has('due') || changed.has('allDay'))) values.due = endOfDay(String(values.due), zone)
    if (values.repeat && !values.due) refuse('due', 'required')
    else if (values.repeat && !changed.has('repeatFrom') && (!values.repeatFrom || RULE.some((key) => changed.has(key)))) values.repeatFrom = values.due
  }
}

/** A reminder is either at a moment or some minutes before the task is due. */
export function computeReminders(reminders: ComputedRecord[]): void {
  for (const { values, refuse } of reminders) if (values.at == null && values.minutesBefore == null) refuse('minutesBefore', 'required')
}

/** Who takes part is a colleague or a contact. */
export function computeParticipants(participants: ComputedRecord[]): void {
  for (const { values, refuse } of participants) if (values.user == null && values.contact == null) refuse('user', 'required')
}
