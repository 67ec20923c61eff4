import { getArgumentValues, Kind, type FieldNode, type FragmentDefinitionNode, type GraphQLObjectType, type GraphQLResolveInfo, type SelectionSetNode } from 'graphql'
import { objectOf, type ObjectModel } from '../model/model.ts'
import { groupName } from '../model/naming.ts'
import type { ListArguments } from '../records/list-arguments.ts'
import { emptyPlan, type Counting, type Plan } from '../records/plan.ts'
import { asksStuck } from '../records/judgements.ts'
import { listArguments } from '../records/record-arguments.ts'
import type { Reading } from '../records/reading.ts'

type Info = Pick<GraphQLResolveInfo, 'fragments' | 'schema' | 'variableValues'>

/** Fields of a selection by response key, fragments and @include/@skip resolved, same keys merged. */
export function collect(info: Info, nodes: readonly FieldNode[]): Map<string, FieldNode[]> {
  const fields = new Map<string, FieldNode[]>()
  const walk = (set: SelectionSetNode | undefined): void => {
    for (const selection of set?.selections ?? []) {
      if (skipped(info, selection.directives)) continue
      if (selection.kind === Kind.FIELD) {
        const key = selection.alias?.value ?? selection.name.value
        ;(fields.get(key) ?? fields.set(key, []).get(key)!).push(selection)
      } else if (selection.kind === Kind.INLINE_FRAGMENT) walk(selection.selectionSet)
      else walk((info.fragments[selection.name.value] as FragmentDefinitionNode | undefined)?.selectionSet)
    }
  }
  for (const node of nodes) walk(node.selectionSet)
  return fields
}

function skipped(info: Info, directives: FieldNode['directives']): boolean {
  return (directives ?? []).some((d) => {
    const argument = d.arguments?.find((a) => a.name.value === 'if')?.value
    const value = argument?.kind === Kind.VARIABLE ? info.variableValues[argument.name.value] : argument?.kind === Kind.BOOLEAN ? argument.value : undefined
    return (d.name.value === 'skip' && value === true) || (d.name.value === 'include' && value === false)
  })
}

/**
 * The plan of a record selection. The schema is the caller's own; still each field is asked for here, because a subscription
 * outlives a change of rights and `title` stands for a field that may be hidden. What may not be read is left out: null.
 */
export function planOf(info: Info, reading: Reading, object: ObjectModel, nodes: readonly FieldNode[]): Plan {
  const plan = emptyPlan(object)
  addSelection(info, reading, plan, object, nodes, '')
  return plan
}

function addSelection(info: Info, reading: Reading, plan: Plan, object: ObjectModel, nodes: readonly FieldNode[], group: string): void {
  for (const [responseKey, same] of collect(info, nodes)) {
    const name = same[0]!.name.value
    const key = group ? `${group}.${name}` : name
    const field = object.byKey.get(key)
    if (field && !reading.access.canRead(field)) continue
    if (!group && name === 'title' && !field) addTitle(reading, plan, object)
    else if (!group && name === 'can') plan.can = true
    else if (!group && name === 'stuck' && !field) plan.stuck = asksStuck(reading.access, object)
    else if (field?.handler.filter === 'relation') {
      const target = objectOf(reading.generation.model, field.to!)
      const inner = plan.relations.get(key)?.plan ?? emptyPlan(target)
      addSelection(info, reading, inner, target, same, '')
      plan.relations.set(key, { field, plan: inner })
    } else if (field) plan.fields.set(key, field)
    else if (!group) addListOrGroup(info, reading, plan, object, responseKey, name, same)
  }
}

function addTitle(reading: Reading, plan: Plan, object: ObjectModel): void {
  const title = object.byKey.get(object.title)
  if (title && reading.access.canRead(title)) plan.fields.set(title.key, title)
}

function addListOrGroup(info: Info, reading: Reading, plan: Plan, object: ObjectModel, responseKey: string, name: string, nodes: FieldNode[]): void {
  const list = object.lists.find((l) => l.name === name)
  if (!list) {
    const group = object.fields.find((f) => f.group && groupName(f.group) === name)?.group
    if (group) addSelection(info, reading, plan, object, nodes, group)
    return // a field that a plugin resolves by itself
  }
  const other = objectOf(reading.generation.model, list.object)
  const back = other.byKey.get(list.field)
  if (!back || !reading.access.canRead(back) || reading.access.scope(other, 'read') === 'none') return
  const type = info.schema.getType(object.type) as GraphQLObjectType
  const given = getArgumentValues(type.getFields()[name]!, nodes[0]!, info.variableValues) as ListArguments
  const args = list.part ? {} : listArguments(other, given)
  const { plan: inner, total } = list.part ? { plan: planOf(info, reading, other, nodes), total: false } : connectionPlan(info, reading, other, nodes)
  plan.lists.set(responseKey, { list, plan: inner, args, total })
}

/** What a connection is asked for: the plan of its records, and how it must be counted. */
export function connectionPlan(info: Info, reading: Reading, object: ObjectModel, nodes: readonly FieldNode[]): { plan: Plan, total: Counting } {
  const selected: FieldNode[] = []
  let total = false as Counting
  for (const same of collect(info, nodes).values()) {
    const name = same[0]!.name.value
    if (name === 'nodes') selected.push(...same)
    if (name === 'total') {
      const { total: field } = (info.schema.getType(`${object.type}Connection`) as GraphQLObjectType).getFields()
      const { exact } = getArgumentValues(field!, same[0]!, info.variableValues)
      total = exact || total === 'exact' ? 'exact' : true
    }
    if (name === 'edges') for (const inner of collect(info, same).values()) if (inner[0]!.name.value === 'node') selected.push(...inner)
  }
  return { plan: planOf(info, reading, object, selected), total }
}

