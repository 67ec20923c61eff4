import { mutate, query } from '../../graphql/client.ts'
import type { Labels } from '../../model/types.ts'
import type { RoleRules } from './rules.ts'

export interface Role { id: string, key: string, name: string, labels: Labels, rules: RoleRules, builtIn: boolean, version: number, users: number }
export interface Capability { name: string, label: string }

export async function loadRoles(): Promise<{ roles: Role[], capabilities: Capability[] }> {
  return query('query Roles { roles { id key name labels rules builtIn version users } capabilities { name label } }')
}

export interface RoleInput { key: string, labels: Labels, rules: RoleRules }
export async function createRole(input: RoleInput): Promise<string> {
  return (await mutate<{ createRole: { id: string } }>('mutation CreateRole($input: RoleInput!) { createRole(input: $input) { id } }', { input })).data.createRole.id
}
export async function updateRole(id: string, version: number, input: RoleInput): Promise<void> {
  await mutate('mutation UpdateRole($id: ID!, $version: Int!, $input: RoleInput!) { updateRole(id: $id, version: $version, input: $input) { id version } }', { id, version, input })
}
export async function deleteRole(id: string): Promise<void> {
  await mutate('mutation DeleteRole($id: ID!) { deleteRole(id: $id) }', { id })
}
