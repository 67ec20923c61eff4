import type { Task } from './documents.ts'

/** Parts of the day's list, in their order. */
export const PARTS = ['overdue', 'today', 'tomorrow', 'later', 'none'] as const
export type Part = (typeof PARTS)[number]

/** Due dates that are one click away, in days from today; null is no date. */
export const SHORTCUTS = { today: 0, tomorrow: 1, week: 7, none: null } as const
export type Shortcut = keyof typeof SHORTCUTS

/** The beginning of the day that lies so many days ahead, on the clock of the person. */
function dayStart(now: Date, days: number): Date {
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() + days)
}

/** The date of a task of a whole day. It ends at 23:59 where the company is; its noon is on that date all over the world. */
export function dateOf(due: string): string {
  return new Date(Date.parse(due) - 719 * 60_000).toISOString().slice(0, 10)
}

type Dated = Pick<Task, 'due' | 'allDay' | 'kind' | 'minutes'>

/** When a task is overdue: as soon as it is due, a call or a meeting when it would be over. */
function overAt({ due, allDay, kind, minutes }: Dated & { due: string }): Date {
  // A day is over when it is over for the person, wherever the company is.
  if (allDay) return new Date(`${dateOf(due)}T23:59:59`)
  return new Date(Date.parse(due) + (kind?.key === 'task' ? 0 : (minutes ?? 0) * 60_000))
}

export function partOf(task: Dated, now: Date): Part {
  if (!task.due) return 'none'
  if (overAt({ ...task, due: task.due }) < now) return 'overdue'
  const due = task.allDay ? new Date(`${dateOf(task.due)}T23:59:59`) : new Date(task.due)
  if (due < dayStart(now, 1)) return 'today'
  return due < dayStart(now, 2) ? 'tomorrow' : 'later'
}

/** A day that somebody chose (`2026-11-30`) as the due moment of a task of a whole day. */
export const noonOf = (day: string): string => new Date(`${day}T12:00:00`).toISOString()

/** What a shortcut writes: a task of a whole day. At noon the day is the same one wherever the company is. */
export function dueOf(shortcut: Shortcut, now: Date): { due: string, allDay: true } | Record<string, never> {
  const days = SHORTCUTS[shortcut]
  if (days === null) return {}
  const noon = dayStart(now, days)
  noon.setHours(12)
  return { due: noon.toISOString(), allDay: true }
}
