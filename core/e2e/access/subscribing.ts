import { getNamedType, isLeafType, isObjectType, parse, subscribe, type GraphQLObjectType } from 'graphql'
import type { Person, World } from './world.ts'

/** Everything of a type that needs no arguments, two levels down. */
function selection(type: GraphQLObjectType, depth: number): string {
  return Object.values(type.getFields()).flatMap((field) => {
    const inner = getNamedType(field.type)
    if (isLeafType(inner)) return [field.name]
    return depth > 0 && isObjectType(inner) && !inner.name.endsWith('Connection') ? [`${field.name} { ${selection(inner, depth - 1)} }`] : []
  }).join(' ')
}

export interface Listener { person: Person, heard: string[], stop(): Promise<void> }

/** Subscribes to everything that the person's schema lets him subscribe to, or to these fields; records whole. */
export async function listen({ crm }: World, person: Person, fields?: readonly string[]): Promise<Listener> {
  const { api } = crm.kartotek
  const abort = new AbortController()
  const context = { ...api.contextOf(person.caller), signal: abort.signal }
  const schema = api.schema(context.reading.generation, context.access)
  const heard: string[] = []
  const running: Promise<void>[] = []
  for (const field of Object.values(schema.getSubscriptionType()?.getFields() ?? {}).filter((f) => f.name !== '_empty' && (fields?.includes(f.name) ?? true))) {
    const told = getNamedType(field.type)
    const record = isObjectType(told) ? told.getFields().record : undefined
    const body = !isObjectType(told) ? '' : record ? `{ kind id changeSet record { ${selection(getNamedType(record.type) as GraphQLObjectType, 2)} } }` : `{ ${selection(told, 2)} }`
    const stream = await subscribe({ schema, document: parse(`subscription { ${field.name} ${body} }`), contextValue: context })
    if (!(Symbol.asyncIterator in stream)) throw new Error(JSON.stringify(stream))
    running.push((async () => { for await (const event of stream) heard.push(JSON.stringify(event)) })())
  }
  return { person, heard, async stop() { abort.abort(); await Promise.all(running) } }
}
