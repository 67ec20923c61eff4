import { mutate, query } from '../../graphql/client.ts'

export const WEEK = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const
export type Week = Record<(typeof WEEK)[number], string[]>
export interface SpecialDay { date: string, name: string, hours: string[] }
export interface WorkingTime {
  version: string
  hours: Week
  holidays: string | null
  countries: string[]
  thisYear: { date: string, name: string }[]
  days: SpecialDay[]
  people: { user: string, hours: Week }[]
}
export interface WorkingTimeInput { hours?: Week, holidays?: string, days?: SpecialDay[], people?: { user: string, hours: Week }[] }

const HOURS = `hours { ${WEEK.join(' ')} }`
const FIELDS = `version ${HOURS} holidays countries thisYear: publicHolidays(year: $year) { date name } days { date name hours } people { user ${HOURS} }`

const clean = ({ workingTime }: { workingTime: WorkingTime }): WorkingTime => JSON.parse(JSON.stringify(workingTime, (key, value: unknown) => key === '__typename' ? undefined : value)) as WorkingTime

export async function loadWorkingTime(year: number): Promise<WorkingTime> {
  return clean(await query(`query WorkingTime($year: Int!) { workingTime { ${FIELDS} } }`, { year }))
}

export async function saveWorkingTime(version: string, input: WorkingTimeInput, year: number): Promise<WorkingTime> {
  return clean((await mutate<{ workingTime: WorkingTime }>(`mutation SaveWorkingTime($version: String!, $input: WorkingTimeInput!, $year: Int!) { workingTime: updateWorkingTime(version: $version, input: $input) { ${FIELDS} } }`, { version, input, year })).data)
}

/** The names of people by their ids. */
export async function namesOf(ids: string[]): Promise<Map<string, string>> {
  if (!ids.length) return new Map()
  const { users } = await query<{ users: { nodes: { id: string, title: string | null }[] } }>('query Names($ids: [ID!]) { users(filter: { id: { in: $ids } }, first: 200, archived: ALL) { nodes { id title } } }', { ids })
  return new Map(users.nodes.map(({ id, title }) => [id, title ?? id]))
}
