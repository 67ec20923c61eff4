import { createRequire } from 'node:module'
import type { CompiledQuery } from 'graphql-jit'
import { getNamedType, getOperationAST, getVariableValues, GraphQLBoolean, GraphQLID, GraphQLInt, GraphQLString, isLeafType, isObjectType, Kind, parse, validate, type DocumentNode, type GraphQLFormattedError, type GraphQLObjectType, type GraphQLSchema, type OperationDefinitionNode, type SelectionSetNode, type TypeNode } from 'graphql'
import type { Log } from '@kartotek/sdk'
import { translateError } from '../messages/translate.ts'
import type { Model } from '../model/model.ts'
import { pascal } from '../model/naming.ts'
import type { RequestContext } from './context.ts'
import { formatError } from './errors.ts'
import { checkLimits, LIMITS } from './limits.ts'

/** How often a document must come before it is worth compiling. */
const WORTH_AFTER = 3
const KEPT = 300
const MAX_CHARACTERS = 20_000

/** Output types whose values are plain data, made by the core: their fields need no resolver and hold no promises. */
const PLAIN = ['Query', 'PageInfo', 'Total', 'Option', 'Money', 'Phone', 'Address', 'TaxId', 'RecordRights', 'AggregateRow', 'AggregateKey', 'AggregateValue', 'Stage', 'Pipeline']

/** Loaded with the first document that is worth it, not with the server. */
let library: typeof import('graphql-jit') | undefined
const compiler = (): typeof import('graphql-jit') => library ??= createRequire(import.meta.url)('graphql-jit') as typeof import('graphql-jit')

export interface Request { query?: unknown, variables?: unknown, operationName?: unknown }
interface Entry { seen: number, ready?: { document: DocumentNode, operation: OperationDefinitionNode, compiled: CompiledQuery } }

/**
 * The quick way for what is asked again and again: documents that only read records and were answered before are compiled
 * to JavaScript once (graphql-jit), which halves the CPU of a list. All else — the first times, mutations, introspection,
 * directives, types of plugins, mistakes of the request — is left to the server, so there is one place that words errors.
 */
export class CompiledQueries {
  readonly #schema: GraphQLSchema
  readonly #plain: ReadonlySet<string>
  readonly #entries = new Map<string, Entry>()

  constructor(schema: GraphQLSchema, model: Model) {
    this.#schema = schema
    this.#plain = new Set([...PLAIN, ...[...model.objects.values()].flatMap((o) => [o.type, `${o.type}Connection`, `${o.type}Edge`,
      ...new Set(o.fields.filter((f) => f.group).map((f) => `${o.type}${pascal(f.group)}`))])])
  }

  /** The answer as JSON, or null where the server must do it. Throws what {@link checkLimits} throws: also the server's. */
  async answer({ query, variables, operationName }: Request, context: RequestContext, log: Log): Promise<string | null> {
    if (typeof query !== 'string' || query.length > MAX_CHARACTERS || (operationName != null && typeof operationName !== 'string')) return null
    if (variables != null && (typeof variables !== 'object' || Array.isArray(variables))) return null
    const entry = this.#entry(`${operationName ?? ''}\n${query}`)
    if (++entry.seen < WORTH_AFTER) return null
    if (entry.seen === WORTH_AFTER) this.#compile(entry, query, operationName)
    if (!entry.ready) return null
    const { document, operation, compiled } = entry.ready
    const { coerced } = getVariableValues(this.#schema, operation.variableDefinitions ?? [], (variables ?? {}) as Record<string, unknown>, { maxErrors: 1 })
    if (!coerced) return null
    try {
      checkLimits(this.#schema, document, operationName as string | null, coerced)
    } catch {
      return null
    }
    const result = await compiled.query({}, context, coerced)
    if (!('data' in result)) return null
    return JSON.stringify({ data: result.data, ...(result.errors?.length ? { errors: result.errors.map((e) => translateError(formatted(e, log), context.reading.locale)) } : {}) })
  }

  #entry(key: string): Entry {
    let entry = this.#entries.get(key)
    if (entry) this.#entries.delete(key)
    else {
      entry = { seen: 0 }
      if (this.#entries.size >= KEPT) this.#entries.delete(this.#entries.keys().next().value!)
    }
    this.#entries.set(key, entry)
    return entry
  }

  #compile(entry: Entry, query: string, operationName: unknown): void {
    let document: DocumentNode
    try {
      document = parse(query, { maxTokens: LIMITS.tokens })
      if (validate(this.#schema, document).length) return
      // Before it is walked: fragments in fragments double with each level.
      checkLimits(this.#schema, document, operationName as string | undefined, {})
    } catch { return }
    const operation = getOperationAST(document, operationName as string | undefined)
    if (!operation || operation.operation !== 'query' || !this.#suits(document, operation)) return
    const { compileQuery, isCompiledQuery } = compiler()
    const compiled = compileQuery(this.#schema, untyped(document), operation.name?.value, { customSerializers: SERIALIZERS })
    if (isCompiledQuery(compiled)) entry.ready = { document, operation, compiled }
  }

  /** Every field has a resolver or belongs to a plain type, and nothing is conditional. */
  #suits(document: DocumentNode, operation: OperationDefinitionNode): boolean {
    const walk = (set: SelectionSetNode, type: GraphQLObjectType): boolean => set.selections.every((selection) => {
      if (selection.directives?.length) return false
      if (selection.kind === Kind.INLINE_FRAGMENT) return (!selection.typeCondition || selection.typeCondition.name.value === type.name) && walk(selection.selectionSet, type)
      if (selection.kind === Kind.FRAGMENT_SPREAD) {
        const fragment = document.definitions.find((d) => d.kind === Kind.FRAGMENT_DEFINITION && d.name.value === selection.name.value)
        return fragment?.kind === Kind.FRAGMENT_DEFINITION && !fragment.directives?.length && fragment.typeCondition.name.value === type.name && walk(fragment.selectionSet, type)
      }
      const name = selection.name.value
      if (name.startsWith('__')) return name === '__typename' && type.name !== 'Query'
      const field = type.getFields()[name]
      if (!field) return false
      const inner = getNamedType(field.type)
      if (isLeafType(inner)) return true
      return isObjectType(inner) && this.#plain.has(inner.name) && selection.selectionSet !== undefined && walk(selection.selectionSet, inner)
    })
    return !operation.directives?.length && walk(operation.selectionSet, this.#schema.getQueryType()!)
  }
}

/**
 * Variables come to the compiled query checked and converted already. Left to it, it would write out the code for every
 * input type that a filter can reach, which takes many seconds.
 */
function untyped(document: DocumentNode): DocumentNode {
  const type: TypeNode = { kind: Kind.NAMED_TYPE, name: { kind: Kind.NAME, value: 'JSON' } }
  return { ...document, definitions: document.definitions.map((d) => (d.kind === Kind.OPERATION_DEFINITION && d.variableDefinitions
    ? { ...d, variableDefinitions: d.variableDefinitions.map(({ defaultValue: _, ...v }) => ({ ...v, type })) } : d)) }
}

/** Values nearly always have the type of their scalar already; only others go through its conversion and its checks. */
const unless = (isRight: (value: unknown) => boolean, scalar: { serialize(value: unknown): unknown }) => (value: unknown): unknown => (isRight(value) ? value : scalar.serialize(value))
const isText = (value: unknown): boolean => typeof value === 'string'
const date = (value: unknown): unknown => (value instanceof Date ? value.toISOString() : value)
const SERIALIZERS = {
  String: unless(isText, GraphQLString), ID: unless(isText, GraphQLID), Int: unless((v) => Number.isInteger(v) && (v as number) === ((v as number) | 0), GraphQLInt),
  Boolean: unless((v) => typeof v === 'boolean', GraphQLBoolean), Decimal: date, Date: date, DateTime: date,
}

/** As the server hands an error to the one place that words it. */
function formatted(error: GraphQLFormattedError & Error, log: Log): GraphQLFormattedError {
  const { message, locations, path, extensions } = error
  return formatError({ message, ...(locations ? { locations } : {}), ...(path ? { path } : {}), extensions: { code: 'INTERNAL_SERVER_ERROR', ...extensions } }, error, log)
}

