import { getNamedType, getNullableType, GraphQLError, isCompositeType, isInterfaceType, isListType, isObjectType, Kind, type DocumentNode, type FieldNode, type FragmentDefinitionNode, type GraphQLField, type GraphQLNamedType, type GraphQLSchema, type SelectionSetNode, type ValueNode } from 'graphql'
import { LimitError } from '@kartotek/sdk'
import { PAGE_DEFAULT } from '../records/list-arguments.ts'

/** Greatest values of one operation, on HTTP and on sockets alike. */
export const LIMITS = { depth: 15, aliases: 50, rootFields: 20, fields: 2_000, cost: 50_000, characters: 100_000, tokens: 8_000 } as const

/** What a list of parts counts as for each record: phones, addresses, lines. It comes whole, but is rarely long. */
const PARTS = 5

interface Weight { depth: number, fields: number, aliases: number, cost: number }

/**
 * Refuses an operation that would cost too much: each field counts once for each record that it may be asked of, by the
 * sizes of the pages and lists of parts around it. Runs after validation, so fragments have no cycles; each is weighed once.
 * @throws LimitError
 */
export function checkLimits(schema: GraphQLSchema, document: DocumentNode, operationName: string | null | undefined, variables: Record<string, unknown>): void {
  const fragments = new Map<string, FragmentDefinitionNode>()
  for (const d of document.definitions) if (d.kind === Kind.FRAGMENT_DEFINITION) fragments.set(d.name.value, d)
  const operation = document.definitions.find((d) => d.kind === Kind.OPERATION_DEFINITION && (!operationName || d.name?.value === operationName))
  if (!operation || operation.kind !== Kind.OPERATION_DEFINITION) return
  const known = new Map<string, Weight>()
  const defaults = new Map(operation.variableDefinitions?.flatMap((v) => (v.defaultValue?.kind === Kind.INT ? [[v.variable.name.value, v.defaultValue.value] as const] : [])))

  function weigh(set: SelectionSetNode | undefined, parent: GraphQLNamedType | undefined): Weight {
    const total: Weight = { depth: 0, fields: 0, aliases: 0, cost: 0 }
    for (const selection of set?.selections ?? []) {
      const one = selection.kind === Kind.FIELD ? weighField(selection, parent)
        : selection.kind === Kind.INLINE_FRAGMENT ? weigh(selection.selectionSet, selection.typeCondition ? schema.getType(selection.typeCondition.name.value) : parent)
          : weighFragment(selection.name.value)
      total.depth = Math.max(total.depth, one.depth)
      total.fields += one.fields
      total.aliases += one.aliases
      total.cost += one.cost
    }
    return total
  }
  function weighField({ name, alias, arguments: args, selectionSet }: FieldNode, parent: GraphQLNamedType | undefined): Weight {
    const field = isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[name.value] : undefined
    const inner = weigh(selectionSet, field && getNamedType(field.type))
    return { depth: inner.depth + 1, fields: inner.fields + 1, aliases: inner.aliases + (alias ? 1 : 0), cost: 1 + inner.cost * (field ? sizeOf(field, args ?? [], parent!) : 1) }
  }
  /** What a fragment comes to, reckoned once: fragments in fragments double with each level. */
  function once<T>(kept: Map<string, T>, empty: T, of: (set: SelectionSetNode | undefined) => T): (name: string) => T {
    return (name) => {
      if (!kept.has(name)) {
        kept.set(name, empty)
        kept.set(name, of(fragments.get(name)?.selectionSet))
      }
      return kept.get(name)!
    }
  }
  const fragmentRoots = once(new Map<string, number>(), 0, rootFields)
  /** Fields at the root, those of fragments included. */
  function rootFields(set: SelectionSetNode | undefined): number {
    return set?.selections.reduce((n, s) => n + (s.kind === Kind.FIELD ? 1 : s.kind === Kind.INLINE_FRAGMENT ? rootFields(s.selectionSet) : fragmentRoots(s.name.value)), 0) ?? 0
  }
  function weighFragment(name: string): Weight {
    let weight = known.get(name)
    const fragment = fragments.get(name)
    if (!weight) known.set(name, weight = weigh(fragment?.selectionSet, fragment && schema.getType(fragment.typeCondition.name.value)))
    return weight
  }
  /** How many times what is within a field may be asked for. */
  function sizeOf(field: GraphQLField<unknown, unknown>, args: readonly { name: { value: string }, value: ValueNode }[], parent: GraphQLNamedType): number {
    const first = field.args.find((a) => a.name === 'first')
    if (!first) return isListType(getNullableType(field.type)) && isCompositeType(getNamedType(field.type)) && schema.getType(`${parent.name}Connection`) ? PARTS : 1
    const given = args.flatMap((a) => (a.name.value === 'first' || a.name.value === 'last' ? [numberOf(a.value)] : []))
    const asked = given.find((n) => n !== null && n !== undefined) ?? Number(first.defaultValue ?? PAGE_DEFAULT)
    return Number.isFinite(asked) && asked > 0 ? asked : 1
  }
  function numberOf(value: ValueNode): number | null {
    if (value.kind === Kind.INT) return Number(value.value)
    const given = value.kind === Kind.VARIABLE ? variables[value.name.value] ?? defaults.get(value.name.value) : null
    return given === null || given === undefined ? null : Number(given)
  }

  const introspection = operation.selectionSet.selections.every((s) => s.kind === Kind.FIELD && s.name.value.startsWith('__'))
  const { depth, fields, aliases, cost } = weigh(operation.selectionSet, schema.getRootType(operation.operation) ?? undefined)
  refuse('fields', fields, 'fields')
  refuse('aliases', aliases, 'aliases')
  refuse('rootFields', rootFields(operation.selectionSet), 'fields at the root')
  // Its own depth is limited by a rule of graphql.
  if (introspection) return
  refuse('depth', depth, 'levels')
  refuse('cost', cost, 'values')
}

function refuse(limit: keyof typeof LIMITS, value: number, unit: string): void {
  if (value <= LIMITS[limit]) return
  const error = new LimitError(`This operation asks for ${value} ${unit}; at most ${LIMITS[limit]} are answered. Ask for less, or in smaller pages.`, { limit: LIMITS[limit], value, of: limit })
  throw new GraphQLError(error.message, { originalError: error })
}
