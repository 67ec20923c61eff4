import { extendSchema, isObjectType, Kind, parse, validateSchema, type DefinitionNode, type DocumentNode, type GraphQLSchema } from 'graphql'
import type { PluginDefinition, Resolvers } from '@kartotek/sdk'
import { camelId, pascalId } from './names.ts'
import { PluginError } from './state.ts'

const ROOTS = new Set(['Query', 'Mutation', 'Subscription'])

/**
 * Puts the SDL of a plugin onto a schema.
 * @throws PluginError where it does not parse, extends what does not exist, takes names that are not its own, or its
 *   resolvers fit nothing
 */
export function extendWith(base: GraphQLSchema, plugin: PluginDefinition): GraphQLSchema {
  const { typeDefs, resolvers } = plugin.graphql!
  const document = parsed(typeDefs)
  const problems = document.definitions.flatMap((d) => nameProblems(d, plugin.id, ownTypes(document)))
  if (problems.length) throw new PluginError(problems.join(' '))
  return extended(base, document, [resolvers])
}

/** The same for the features of the core, which may take any names: all at once, because each schema is built and looked through as a whole. */
export function extendWithFeatures(base: GraphQLSchema, features: readonly PluginDefinition[]): GraphQLSchema {
  const parts = features.flatMap(({ graphql }) => graphql ?? [])
  if (!parts.length) return base
  return extended(base, { kind: Kind.DOCUMENT, definitions: parts.flatMap(({ typeDefs }) => parsed(typeDefs).definitions) }, parts.map(({ resolvers }) => resolvers))
}

function extended(base: GraphQLSchema, document: DocumentNode, resolvers: readonly Resolvers[]): GraphQLSchema {
  let schema: GraphQLSchema
  try {
    schema = extendSchema(base, document)
  } catch (error) {
    throw new PluginError(`Its GraphQL types do not fit: ${(error as Error).message.replace(/\s*\n+\s*/g, ' ')}`)
  }
  const invalid = validateSchema(schema)
  if (invalid.length) throw new PluginError(`Its GraphQL types do not fit: ${invalid[0]!.message}`)
  const unfit = resolvers.flatMap((one) => resolverProblems(schema, one))
  if (unfit.length) throw new PluginError(unfit.join(' '))
  return schema
}

function parsed(typeDefs: string): DocumentNode {
  try {
    return parse(typeDefs)
  } catch (error) {
    throw new PluginError(`Its SDL cannot be read: ${(error as Error).message}`)
  }
}

function ownTypes(document: DocumentNode): Set<string> {
  return new Set(document.definitions.flatMap((d) => ('name' in d && d.name && !d.kind.endsWith('Extension') ? [d.name.value] : [])))
}

function nameProblems(node: DefinitionNode, id: string, own: Set<string>): string[] {
  const [camel, pascal] = [camelId(id), pascalId(id)]
  if (node.kind === Kind.SCHEMA_DEFINITION || node.kind === Kind.SCHEMA_EXTENSION) return ['A plugin cannot define the schema itself: extend Query or Mutation.']
  if (!('name' in node) || !node.name) return ['A plugin can define types only, no operations.']
  const name = node.name.value
  if (!node.kind.endsWith('Extension')) {
    if (ROOTS.has(name)) return [`${name} exists already: write \`extend type ${name}\`.`]
    return name.startsWith(pascal) || name.startsWith(camel) ? [] : [`The type ${name} must begin with ${pascal}, as all types of the plugin "${id}".`]
  }
  if (own.has(name)) return []
  const fields = 'fields' in node ? node.fields ?? [] : []
  if (node.kind !== Kind.OBJECT_TYPE_EXTENSION) return [`A plugin may extend object types only, and ${name} is extended otherwise.`]
  return fields.filter((f) => !belongs(f.name.value, camel))
    .map((f) => `The field ${name}.${f.name.value} must begin with ${camel}, as all fields that the plugin "${id}" adds.`)
}

/** `hello` owns `hello` and `helloGreetings`, not `helloed`. */
function belongs(field: string, camel: string): boolean {
  return field.startsWith(camel) && !/^[a-z]/.test(field.slice(camel.length))
}

function resolverProblems(schema: GraphQLSchema, resolvers: Resolvers): string[] {
  return Object.entries(resolvers).flatMap(([typeName, fields]) => {
    const type = schema.getType(typeName)
    if (!type) return [`It has resolvers for ${typeName}, a type that does not exist.`]
    if (!isObjectType(type)) return []
    const known = type.getFields()
    return Object.keys(fields).filter((name) => !known[name] && !name.startsWith('__'))
      .map((name) => `It has a resolver for ${typeName}.${name}, a field that does not exist.`)
  })
}
