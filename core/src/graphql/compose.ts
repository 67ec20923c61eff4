import { buildASTSchema, isObjectType, Kind, parse, specifiedScalarTypes, type DefinitionNode, type DocumentNode, type FieldDefinitionNode, type GraphQLSchema, type InputValueDefinitionNode, type TypeNode } from 'graphql'
import type { RequestContext } from './context.ts'
import { atMostOnce } from './idempotency.ts'
import { wireScalars } from './scalars.ts'

/** SDL with its resolvers, as features and plugins bring it. */
export interface SchemaPart { typeDefs: string, resolvers: Record<string, Record<string, unknown>> }

const BUILT_IN = new Set(specifiedScalarTypes.map((t) => t.name))

/**
 * One schema from the generated SDL and the parts of features. What refers to a type that is not there (because its
 * object is hidden from the caller) is left out, and with it whatever only that made possible.
 */
export function composeSchema(generated: string, parts: readonly SchemaPart[], resolvers: SchemaPart['resolvers']): GraphQLSchema {
  const definitions = [generated, ...parts.map((p) => p.typeDefs)].flatMap((sdl) => [...parsed(sdl).definitions])
  const schema = buildASTSchema({ kind: Kind.DOCUMENT, definitions: prune(definitions) }, { assumeValid: true })
  wireScalars(schema)
  for (const part of [{ resolvers }, ...parts]) wire(schema, part.resolvers)
  honourKeys(schema, resolvers.Mutation ?? {})
  return schema
}

/** Writes of records keep an `Idempotency-Key` in their transaction; all other mutations, of plugins too, are kept from a second run here. */
function honourKeys(schema: GraphQLSchema, records: Record<string, unknown>): void {
  for (const field of Object.values(schema.getMutationType()?.getFields() ?? {})) {
    const { resolve } = field
    if (!resolve || field.name in records) continue
    field.resolve = (parent, args, ctx: RequestContext, info) => (ctx.caller.idempotencyKey ? atMostOnce(ctx, info, args, async () => resolve(parent, args, ctx, info) as unknown) : resolve(parent, args, ctx, info) as unknown)
  }
}

const documents = new Map<string, DocumentNode>()
function parsed(sdl: string): DocumentNode {
  let document = documents.get(sdl)
  if (!document) {
    if (documents.size > 200) documents.clear()
    documents.set(sdl, document = parse(sdl, { noLocation: true }))
  }
  return document
}

const named = (type: TypeNode): string => (type.kind === Kind.NAMED_TYPE ? type.name.value : named(type.type))

/** Leaves out what refers to unknown types, until nothing does. */
function prune(definitions: DefinitionNode[]): DefinitionNode[] {
  let current = definitions
  for (;;) {
    const types = new Set([...BUILT_IN, ...current.flatMap((d) => ('name' in d && d.name && d.kind.endsWith('Definition') ? [d.name.value] : []))])
    const next = current.flatMap((d) => {
      if (d.kind.endsWith('Extension') && 'name' in d && d.name && !types.has(d.name.value)) return []
      if (!('fields' in d) || !d.fields) return [d]
      const fields = (d.fields as readonly (FieldDefinitionNode | InputValueDefinitionNode)[]).filter((f) => types.has(named(f.type)))
        .map((f) => ('arguments' in f && f.arguments?.length ? { ...f, arguments: f.arguments.filter((a) => types.has(named(a.type))) } : f))
      return fields.length ? [{ ...d, fields } as DefinitionNode] : []
    })
    const size = (list: DefinitionNode[]): number => list.reduce((n, d) => n + 1 + ('fields' in d ? d.fields?.length ?? 0 : 0), 0)
    if (size(next) === size(current)) return next
    current = next
  }
}

function wire(schema: GraphQLSchema, resolvers: SchemaPart['resolvers']): void {
  for (const [typeName, fields] of Object.entries(resolvers)) {
    const type = schema.getType(typeName)
    if (!isObjectType(type)) continue
    const known = type.getFields()
    for (const [name, resolver] of Object.entries(fields)) {
      const field = known[name]
      if (!field) continue
      if (typeof resolver === 'function') field.resolve = resolver as never
      else Object.assign(field, resolver)
    }
  }
}
