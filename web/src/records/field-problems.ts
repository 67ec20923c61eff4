import type { Problem } from '../graphql/problem.ts'
import { enumName } from '../model/naming.ts'
import type { FieldInfo } from '../model/types.ts'

/** Whether a problem's path names the field or something below it: `price.amount`, `custom.tier`, `custom_tier`. */
export function isAbout(path: string, field: Pick<FieldInfo, 'key' | 'name'>): boolean {
  return path === field.key || path === enumName(field.key) || path.startsWith(`${field.key}.`)
}

/** What to say under a field after a refused save: its own problems, else the problem as a whole. */
export function problemOfField(problem: Problem, field: Pick<FieldInfo, 'key' | 'name'>): string {
  const own = problem.fields.filter(({ field: path }) => isAbout(path, field))
  return (own.length ? own : problem.fields).map(({ message }) => message).join(' ') || problem.message
}

/** Problems of the fields of a form by key, and those that no field of it owns. */
export function sortProblems(problem: Pick<Problem, 'fields'> | null, fields: readonly Pick<FieldInfo, 'key' | 'name'>[]): { byField: Record<string, string>, rest: string[] } {
  const byField: Record<string, string> = {}
  const rest: string[] = []
  for (const { field: path, message } of problem?.fields ?? []) {
    const field = fields.find(candidate => isAbout(path, candidate))
    if (field) byField[field.key] = [byField[field.key], message].filter(Boolean).join(' ')
    else rest.push(message)
  }
  return { byField, rest }
}
