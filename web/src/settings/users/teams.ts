import { mutate, query } from '../../graphql/client.ts'
import type { Person } from './documents.ts'

export interface Member { user: string, name: string, leader: boolean }
export interface Team { id: string, version: number, name: string, can: { update: boolean, archive: boolean }, members: Member[] }

/** All teams that are not archived, each with its members: those who lead it first. */
export async function loadTeams(): Promise<Team[]> {
  const { teams, teamMemberships } = await query<{ teams: { nodes: Omit<Team, 'members'>[] }, teamMemberships: (Member & { team: string })[] }>(
    'query Teams { teams(first: 200, orderBy: [{ field: name }]) { nodes { id version name can { update archive } } } teamMemberships { team user name leader } }',
  )
  return teams.nodes.map(team => ({ ...team, members: teamMemberships.filter(member => member.team === team.id).toSorted((a, b) => Number(b.leader) - Number(a.leader)) }))
}

export const setMembers = (team: string, members: Member[]) => mutate('mutation SetTeamMembers($team: ID!, $users: [ID!]!, $leaders: [ID!]) { setTeamMembers(team: $team, users: $users, leaders: $leaders) }', {
  team, users: members.map(({ user }) => user), leaders: members.filter(({ leader }) => leader).map(({ user }) => user),
})

export async function makeTeam(name: string): Promise<Team> {
  const { data } = await mutate<{ createTeam: Omit<Team, 'members'> }>('mutation CreateTeam($input: TeamCreateInput!) { createTeam(input: $input) { id version name can { update archive } } }', { input: { name } })
  return { ...data.createTeam, members: [] }
}

/** Saves what is another in a team. */
export async function saveTeam(team: Team, name: string, members: Member[]): Promise<void> {
  if (name !== team.name) await mutate('mutation RenameTeam($id: ID!, $version: Int!, $input: TeamUpdateInput!) { updateTeam(id: $id, version: $version, input: $input) { id version name } }', { id: team.id, version: team.version, input: { name } })
  const told = (list: Member[]) => list.map(({ user, leader }) => `${user}${leader}`).toSorted().join()
  if (told(members) !== told(team.members)) await setMembers(team.id, members)
}

export async function putIntoTeams(teams: Team[], person: Pick<Person, 'id' | 'name'>): Promise<void> {
  for (const team of teams) await setMembers(team.id, [...team.members, { user: person.id, name: person.name ?? '', leader: false }])
}
