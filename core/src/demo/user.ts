import type { Random } from './random.ts'
import type { Pack } from './words/pack.ts'

export type DemoRole = 'administrator' | 'head_of_sales' | 'manager' | 'accountant' | 'read_only'

export interface DemoTeam { index: number, name: string }

export interface DemoUser {
  index: number
  name: string
  email: string
  phone: string
  jobTitle: string
  role: DemoRole
  /** Index of the team, or null. */
  team: number | null
  /** How well a manager sells: the chance of a deal is multiplied by it. */
  skill: number
}

/** An administrator, a head of sales, managers in teams, an accountant and somebody who only reads. */
export function makeUsers(pack: Pack, random: Random, managers: number): { teams: DemoTeam[], users: DemoUser[] } {
  const teams = pack.teams.map((name, index) => ({ index, name }))
  const taken = new Set<string>()
  const users: DemoUser[] = []
  const add = (role: DemoRole, jobTitle: string, team: number | null): void => {
    const person = pack.person(random)
    const base = pack.latin(person.family)
    let local = base
    for (let i = 2; taken.has(local); i++) local = i === 2 ? `${pack.latin(person.given)}.${base}` : `${base}${i}`
    taken.add(local)
    users.push({
      index: users.length, name: pack.fullName(person), email: `${local}@${pack.company.domain}`, phone: pack.mobile(random), jobTitle, role, team,
      skill: random.between(0.8, 1.2),
    })
  }
  add('administrator', pack.positions.administrator, null)
  add('head_of_sales', pack.positions.head, null)
  for (let i = 0; i < managers; i++) add('manager', pack.positions.manager, i % teams.length)
  add('accountant', pack.positions.accountant, null)
  add('read_only', pack.positions.observer, null)
  return { teams, users }
}
