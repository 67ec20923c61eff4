import { buildSchema, graphql, isObjectType, type GraphQLSchema } from 'graphql'
import { compileAccess } from '../access/access.ts'
import type { Caller, CoreContext } from '../access/caller.ts'
import { loadRoles } from '../access/roles.ts'
import type { Model } from '../model/model.ts'
import { testLog } from '../testing/index.ts'
import { accountsFeature } from './feature.ts'
import type { AccountsWorld } from './testing.ts'

/** The feature's part of the API, run as somebody. Answers data, or throws the first error as the resolver threw it. */
export function accountsApi(world: AccountsWorld) {
  const feature = accountsFeature(world.accounts)
  const schema = attach(buildSchema(`scalar DateTime scalar JSON type Query { nothing: Boolean } type Mutation { nothing: Boolean } ${feature.graphql?.typeDefs ?? ''}`), feature.graphql?.resolvers ?? {})

  async function contextOf(caller: Caller): Promise<CoreContext> {
    const model = { objects: new Map() } as unknown as Model
    const access = compileAccess(model, await loadRoles(world.db.kysely), caller.actor)
    // the record engine's part of a context is not used by accounts
    return { plugin: 'accounts', actor: caller.actor, log: testLog, settings: {}, signal: AbortSignal.timeout(10_000), access, caller } as unknown as CoreContext
  }
  /** Runs as the person of a session cookie or token; `null` where they are nobody any more. */
  async function callerOf(proof: string): Promise<Caller | null> {
    const headers: Record<string, string> = proof.startsWith('kt_') ? { authorization: `Bearer ${proof}` } : { cookie: proof }
    return world.accounts.authenticate(world.request(headers))
  }
  async function run<Data = Record<string, never>>(proof: string, source: string, variableValues: Record<string, unknown> = {}): Promise<Data> {
    const caller = await callerOf(proof)
    if (!caller) throw new Error('nobody')
    const result = await graphql({ schema, source, contextValue: await contextOf(caller), variableValues })
    const error = result.errors?.[0]
    if (error) throw error.originalError ?? error
    return result.data as Data
  }
  /** A signed-in person. */
  async function signedIn(name: string, roles: string[] = ['manager']) {
    const person = await world.person(name, { roles })
    const { cookie = '' } = await world.signIn(person.email)
    return { ...person, cookie, live: async () => (await callerOf(cookie)) !== null }
  }
  return { feature, run, callerOf, contextOf, signedIn }
}

function attach(schema: GraphQLSchema, resolvers: object): GraphQLSchema {
  for (const [typeName, fields] of Object.entries(resolvers)) {
    const type = schema.getType(typeName)
    if (!isObjectType(type)) throw new Error(`no type ${typeName}`)
    for (const [name, resolve] of Object.entries(fields as object)) {
      const field = type.getFields()[name]
      if (!field) throw new Error(`no field ${typeName}.${name}`)
      field.resolve = resolve
    }
  }
  return schema
}
