import { GraphQLError, Kind, type DocumentNode, type FragmentDefinitionNode, type SelectionSetNode, type ValueNode } from 'graphql'
import { LimitError } from '@kartotek/sdk'
import { PAGE_DEFAULT } from '../records/list-arguments.ts'

/** Greatest values of one operation, on HTTP and on sockets alike. */
export const LIMITS = { depth: 15, aliases: 50, rootFields: 20, fields: 2_000, cost: 50_000, characters: 100_000, tokens: 8_000 } as const

interface Weight { depth: number, fields: number, aliases: number, cost: number }

/**
 * Refuses an operation that would cost too much: each field counts once for each record that it may be asked of, by the
 * sizes of the pages around it. Runs after validation, so fragments have no cycles; each is weighed once.
 * @throws LimitError
 */
export function checkLimits(document: DocumentNode, operationName: string | null | undefined, variables: Record<string, unknown>): void {
  const fragments = new Map<string, FragmentDefinitionNode>()
  for (const d of document.definitions) if (d.kind === Kind.FRAGMENT_DEFINITION) fragments.set(d.name.value, d)
  const operation = document.definitions.find((d) => d.kind === Kind.OPERATION_DEFINITION && (!operationName || d.name?.value === operationName))
  if (!operation || operation.kind !== Kind.OPERATION_DEFINITION) return
  const known = new Map<string, Weight>()
  const defaults = new Map(operation.variableDefinitions?.flatMap((v) => (v.defaultValue?.kind === Kind.INT ? [[v.variable.name.value, v.defaultValue.value] as const] : [])))

  function weigh(set: SelectionSetNode | undefined): Weight {
    const total: Weight = { depth: 0, fields: 0, aliases: 0, cost: 0 }
    for (const selection of set?.selections ?? []) {
      const one = selection.kind === Kind.FIELD ? weighField(selection.name.value, selection.alias !== undefined, selection.arguments ?? [], selection.selectionSet)
        : selection.kind === Kind.INLINE_FRAGMENT ? weigh(selection.selectionSet) : weighFragment(selection.name.value)
      total.depth = Math.max(total.depth, one.depth)
      total.fields += one.fields
      total.aliases += one.aliases
      total.cost += one.cost
    }
    return total
  }
  function weighField(name: string, alias: boolean, args: readonly { name: { value: string }, value: ValueNode }[], set: SelectionSetNode | undefined): Weight {
    const inner = weigh(set)
    const connection = isConnection(set)
    return { depth: inner.depth + 1, fields: inner.fields + 1, aliases: inner.aliases + (alias ? 1 : 0), cost: 1 + inner.cost * (connection ? pageSize(args) : 1) }
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
  const fragmentIsConnection = once(new Map<string, boolean>(), false, isConnection)
  const fragmentRoots = once(new Map<string, number>(), 0, rootFields)
  /** Also where a fragment asks for the nodes. */
  function isConnection(set: SelectionSetNode | undefined): boolean {
    return set?.selections.some((s) => (s.kind === Kind.FIELD ? s.name.value === 'nodes' || s.name.value === 'edges'
      : s.kind === Kind.INLINE_FRAGMENT ? isConnection(s.selectionSet) : fragmentIsConnection(s.name.value))) ?? false
  }
  /** Fields at the root, those of fragments included. */
  function rootFields(set: SelectionSetNode | undefined): number {
    return set?.selections.reduce((n, s) => n + (s.kind === Kind.FIELD ? 1 : s.kind === Kind.INLINE_FRAGMENT ? rootFields(s.selectionSet) : fragmentRoots(s.name.value)), 0) ?? 0
  }
  function weighFragment(name: string): Weight {
    let weight = known.get(name)
    if (!weight) known.set(name, weight = weigh(fragments.get(name)?.selectionSet))
    return weight
  }
  function pageSize(args: readonly { name: { value: string }, value: ValueNode }[]): number {
    const size = args.find((a) => a.name.value === 'first' || a.name.value === 'last')?.value
    const value = size?.kind === Kind.INT ? Number(size.value) : size?.kind === Kind.VARIABLE ? Number(variables[size.name.value] ?? defaults.get(size.name.value) ?? PAGE_DEFAULT) : PAGE_DEFAULT
    return Number.isFinite(value) && value > 0 ? value : 1
  }

  const introspection = operation.selectionSet.selections.every((s) => s.kind === Kind.FIELD && s.name.value.startsWith('__'))
  const { depth, fields, aliases, cost } = weigh(operation.selectionSet)
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
