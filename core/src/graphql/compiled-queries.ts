import { compileQuery, isCompiledQuery, type CompiledQuery } from 'graphql-jit'
import { getNamedType, getOperationAST, isLeafType, isObjectType, Kind, parse, validate, type DocumentNode, type GraphQLFormattedError, type GraphQLObjectType, type GraphQLSchema, type OperationDefinitionNode, type SelectionSetNode } from 'graphql'
import type { Log } from '@kartotek/sdk'
import type { Model } from '../model/model.ts'
import { pascal } from '../model/naming.ts'
import type { RequestContext } from './context.ts'
import { formatError } from './errors.ts'
import { checkLimits } from './limits.ts'

/** How often a document must come before it is worth compiling. */
const WORTH_AFTER = 3
const KEPT = 300
const MAX_CHARACTERS = 20_000

/** Output types whose values are plain data, made by the core: their fields need no resolver and hold no promises. */
const PLAIN = ['Query', 'PageInfo', 'Total', 'Option', 'Money', 'Phone', 'Address', 'TaxId', 'RecordRights', 'AggregateRow', 'AggregateKey', 'AggregateValue', 'Stage', 'Pipeline']

export interface Request { query?: unknown, variables?: unknown, operationName?: unknown }
interface Entry { seen: number, document?: DocumentNode, compiled?: CompiledQuery }

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
    if (!entry.compiled) return null
    const given = (variables ?? {}) as Record<string, unknown>
    try {
      checkLimits(entry.document!, operationName as string | null, given)
    } catch {
      return null
    }
    const result = await entry.compiled.query({}, context, given)
    // Variables of a wrong type: nothing was run.
    if (!('data' in result)) return null
    return JSON.stringify({ data: result.data, ...(result.errors?.length ? { errors: result.errors.map((e) => formatted(e, log)) } : {}) })
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
    try { document = parse(query) } catch { return }
    if (validate(this.#schema, document).length) return
    const operation = getOperationAST(document, operationName as string | undefined)
    if (!operation || operation.operation !== 'query' || !this.#suits(document, operation)) return
    const compiled = compileQuery(this.#schema, document, operation.name?.value, { customSerializers: SERIALIZERS })
    if (isCompiledQuery(compiled)) Object.assign(entry, { document, compiled })
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

/** Texts and numbers are what they should be in almost all cases; the rest goes the long way through the scalar. */
const text = (value: unknown): unknown => (typeof value === 'string' ? value : value instanceof Date ? value.toISOString() : value)
const SERIALIZERS = { Decimal: text, Date: text, DateTime: text }

/** As the server hands an error to the one place that words it. */
function formatted(error: GraphQLFormattedError & Error, log: Log): GraphQLFormattedError {
  const { message, locations, path, extensions } = error
  return formatError({ message, ...(locations ? { locations } : {}), ...(path ? { path } : {}), extensions: { code: 'INTERNAL_SERVER_ERROR', ...extensions } }, error, log)
}

