import { textIn } from '@kartotek/sdk'
import type { Access } from '../access/access.ts'
import type { FieldModel, Model, ObjectModel, ReverseList } from '../model/model.ts'
import { enumName, groupName, pascal } from '../model/naming.ts'
import { judgementsOf, type Judgement } from '../records/judgements.ts'
import { commonSdl } from './sdl-common.ts'

const FILTERS = {
  text: 'TextFilter', number: 'NumberFilter', money: 'MoneyFilter', date: 'DateFilter', dateTime: 'DateTimeFilter', boolean: 'BooleanFilter',
  select: 'SelectFilter', multiSelect: 'MultiSelectFilter', address: 'AddressFilter', pipeline: 'IdFilter', stage: 'StageFilter', record: 'RecordFilter', relation: '',
} as const

/**
 * The SDL of everything that this actor may refer to. What he may not read is not in his schema at all: selecting,
 * filtering, sorting or grouping by it is the same mistake as naming a field that does not exist.
 */
export function generateSdl(model: Model, access: Access): string {
  const objects = [...model.objects.values()].filter((o) => access.scope(o, 'read') !== 'none')
  const query: string[] = []
  const mutation: string[] = []
  const subscription: string[] = []
  const types = objects.map((object) => {
    const writer = new ObjectSdl(model, access, object)
    query.push(...writer.queries())
    mutation.push(...writer.mutations())
    subscription.push(...writer.subscriptions())
    return writer.types()
  })
  const root = (name: string, fields: string[]): string => (fields.length ? `type ${name} {\n${fields.map((f) => `  ${f}`).join('\n')}\n}` : `type ${name} { _empty: Boolean }`)
  return [commonSdl, ...types, root('Query', query), root('Mutation', mutation), root('Subscription', subscription)].join('\n')
}

class ObjectSdl {
  readonly #model: Model
  readonly #access: Access
  readonly #object: ObjectModel
  readonly #fields: FieldModel[]
  readonly #lists: ReverseList[]
  readonly #asks: Judgement[]

  constructor(model: Model, access: Access, object: ObjectModel) {
    this.#model = model
    this.#access = access
    this.#object = object
    this.#fields = object.fields.filter((f) => access.canRead(f))
    this.#asks = judgementsOf(model, access, object)
    this.#lists = object.lists.filter((l) => {
      const other = model.objects.get(l.object)
      const back = other?.byKey.get(l.field)
      return other && back && access.scope(other, 'read') !== 'none' && access.canRead(back)
    })
  }

  types(): string {
    const { type } = this.#object
    const part = this.#object.partOf.length > 0
    const sortable = this.#fields.filter((f) => f.handler.sortable && this.#canSort(f))
    const groupable = this.#fields.filter((f) => f.handler.groupable)
    const measurable = this.#fields.filter((f) => f.handler.summable || f.handler.groupable || ['date', 'dateTime'].includes(f.handler.filter))
    return [
      describe(textIn(this.#object.help, 'en') || textIn(this.#object.label, 'en')),
      `type ${type} {`,
      '  id: ID!\n  version: Int!',
      ...(part ? [] : ['  "What names the record in lists."\n  title: String']),
      ...(part ? [] : ['  can: RecordRights!']),
      ...(this.#asks.includes('stuck') ? ['  "Stands in its stage longer than the norm, or than is usual where there is none."\n  stuck: Boolean'] : []),
      ...this.#members((f) => output(this.#model, f), (g) => `${type}${pascal(g)}`),
      ...this.#lists.map((l) => this.#listField(l)),
      '}',
      ...this.#groups().map((g) => `type ${type}${pascal(g)} {\n${this.#of(g).map((f) => member(f, output(this.#model, f))).join('\n')}\n}`),
      `type ${type}Connection { nodes: [${type}!]! edges: [${type}Edge!]! pageInfo: PageInfo! total(exact: Boolean = false): Total! }`,
      `type ${type}Edge { cursor: String! node: ${type}! }`,
      ...this.#filters(),
      `enum ${type}OrderField { id ${sortable.map((f) => enumName(f.key)).join(' ')} }`,
      `input ${type}OrderBy { field: ${type}OrderField! direction: Direction = ASC }`,
      `enum ${type}GroupField { ${groupable.map((f) => enumName(f.key)).join(' ')} }`,
      `input ${type}GroupBy { field: ${type}GroupField! by: DateUnit }`,
      `enum ${type}MeasureField { ${measurable.map((f) => enumName(f.key)).join(' ')} }`,
      `input ${type}Measure { function: AggregateFunction! field: ${type}MeasureField }`,
      ...this.#inputs(),
      ...(part ? [] : [`type ${type}Change { kind: ChangeKind! id: ID changeSet: ID record: ${type} }`]),
    ].join('\n')
  }

  queries(): string[] {
    const { name, plural, type } = this.#object
    const list = `${plural}(filter: ${type}Filter, search: String, orderBy: [${type}OrderBy!], first: Int, after: String, last: Int, before: String, archived: Archived = ACTIVE): ${type}Connection!`
    const aggregate = `${name}Aggregate(filter: ${type}Filter, search: String, archived: Archived = ACTIVE, groupBy: [${type}GroupBy!], measures: [${type}Measure!]!, orderBy: AggregateOrder, first: Int = 100): [AggregateRow!]!`
    return [`${name}(id: ID!): ${type}`, list, aggregate]
  }

  mutations(): string[] {
    const { plural, type } = this.#object
    if (this.#object.partOf.length) return []
    const many = pascal(plural)
    const can = (action: 'create' | 'update' | 'delete'): boolean => this.#access.scope(this.#object, action) !== 'none'
    return [
      ...(can('create') ? [`create${type}(input: ${type}CreateInput!): ${type}`, `create${many}(inputs: [${type}CreateInput!]!, changeSet: ID): BulkResult!`] : []),
      ...(can('update') ? [
        `"A stale version is a CONFLICT only where a field of the input changed since."\n  update${type}(id: ID!, version: Int, input: ${type}UpdateInput!): ${type}`,
        `"Either one input for all of \`ids\`, or \`items\` with an input and a version each. \`changeSet\`: of one's own same operation within the last hour, to go on in it."\n  update${many}(ids: [ID!], input: ${type}UpdateInput, items: [${type}UpdateItem!], changeSet: ID): BulkResult!`,
        `archive${type}(id: ID!): ${type}`, `archive${many}(ids: [ID!]!, changeSet: ID): BulkResult!`,
      ] : []),
      ...(can('update') || can('delete') ? [`"From the archive or the trash."\n  restore${type}(id: ID!): ${type}`, `restore${many}(ids: [ID!]!, changeSet: ID): BulkResult!`] : []),
      ...(can('delete') ? [`"To the trash, restorable for 30 days."\n  delete${type}(id: ID!): ${type}`, `delete${many}(ids: [ID!]!, changeSet: ID): BulkResult!`] : []),
    ]
  }

  subscriptions(): string[] {
    return this.#object.partOf.length ? [] : [`${this.#object.name}Changed(id: ID): ${this.#object.type}Change!`]
  }

  /** A reference is ordered by what names the record behind it. */
  #canSort(field: FieldModel): boolean {
    if (field.handler.filter !== 'relation') return true
    const target = this.#model.objects.get(field.to!)!
    const title = target.byKey.get(target.title)
    return title !== undefined && this.#access.canRead(title)
  }

  #groups(): string[] {
    return [...new Set(this.#fields.map((f) => f.group).filter(Boolean))]
  }
  #of(group: string): FieldModel[] {
    return this.#fields.filter((f) => f.group === group)
  }

  /** System fields one by one, each group under its own name. */
  #members(of: (f: FieldModel) => string, group: (g: string) => string): string[] {
    return [...this.#of('').map((f) => member(f, of(f))), ...this.#groups().map((g) => `  ${groupName(g)}: ${group(g)}`)]
  }

  #listField(list: ReverseList): string {
    const other = this.#model.objects.get(list.object)!
    if (list.part) return `  ${list.name}: [${other.type}!]`
    return `  ${list.name}(filter: ${other.type}Filter, search: String, orderBy: [${other.type}OrderBy!], first: Int, after: String, last: Int, before: String, archived: Archived = ACTIVE): ${other.type}Connection`
  }

  #filters(): string[] {
    const { type } = this.#object
    const summable = this.#fields.filter((f) => f.handler.summable)
    const of = (f: FieldModel): string => (f.handler.filter === 'relation' ? `${this.#model.objects.get(f.to!)!.type}Filter` : FILTERS[f.handler.filter])
    return [
      `input ${type}Filter {`, `  and: [${type}Filter!]\n  or: [${type}Filter!]\n  not: ${type}Filter\n  id: IdFilter`,
      '  "As a reference: there is none, or none that you may see."\n  isNull: Boolean',
      ...(this.#asks.includes('stuck') ? ['  "Stands in its stage longer than the norm."\n  stuck: Boolean'] : []),
      ...(this.#asks.includes('withoutNextStep') ? ['  "There is no open task about it, nor about what hangs on it."\n  withoutNextStep: Boolean'] : []),
      ...(this.#asks.includes('noContactDays') ? ['  "No call, letter, message or meeting about it, nor about what hangs on it, for so many days."\n  noContactDays: Int'] : []),
      ...(this.#object.partOf.length ? [] : ['  "In one of these segments."\n  inSegment: [ID!]']),
      ...(this.#asks.includes('mayContact') ? ['  "One may write to or call these, see docs/personal-data.md."\n  mayContact: MayContactFilter'] : []),
      ...this.#of('').map((f) => `  ${f.name}: ${of(f)}`),
      ...this.#groups().map((g) => `  ${groupName(g)}: ${type}${pascal(g)}Filter`),
      ...this.#lists.map((l) => `  ${l.name}: ${this.#model.objects.get(l.object)!.type}ListFilter`),
      '}',
      `input ${type}ListFilter {\n  some: ${type}Filter\n  none: ${type}Filter\n  "How many match."\n  count: ${type}CountFilter${summable.length ? `\n  "What those that match come to."\n  sum: [${type}SumFilter!]` : ''}\n}`,
      `input ${type}CountFilter { where: ${type}Filter eq: Int ne: Int gt: Int gte: Int lt: Int lte: Int }`,
      ...(summable.length ? [
        `enum ${type}SumField { ${summable.map((f) => enumName(f.key)).join(' ')} }`,
        `input ${type}SumFilter {\n  field: ${type}SumField!\n  where: ${type}Filter\n  "Of money, default: that of the company. Others are not added to it."\n  currency: String\n  eq: Decimal\n  ne: Decimal\n  gt: Decimal\n  gte: Decimal\n  lt: Decimal\n  lte: Decimal\n}`,
      ] : []),
      ...this.#groups().map((g) => `input ${type}${pascal(g)}Filter {\n${this.#of(g).map((f) => `  ${f.name}: ${of(f)}`).join('\n')}\n}`),
    ]
  }

  #inputs(): string[] {
    const { type } = this.#object
    const writable = this.#fields.filter((f) => this.#access.canWrite(f) && !this.#object.partOf.some((p) => p.field === f.key))
    const groups = [...new Set(writable.map((f) => f.group).filter(Boolean))]
    const body = [
      ...writable.filter((f) => !f.group).map((f) => member(f, f.handler.input)),
      ...groups.map((g) => `  ${groupName(g)}: ${type}${pascal(g)}Input`),
      ...this.#lists.filter((l) => l.part).map((l) => `  "The whole list: rows with an id stay or change, rows without are new, missing ones go."\n  ${l.name}: [${this.#model.objects.get(l.object)!.type}Input!]`),
    ].join('\n')
    const names = this.#object.partOf.length ? [`${type}Input`] : [
      ...(this.#access.scope(this.#object, 'create') === 'none' ? [] : [`${type}CreateInput`]),
      ...(this.#access.scope(this.#object, 'update') === 'none' ? [] : [`${type}UpdateInput`]),
    ]
    return [
      ...names.map((name) => `input ${name} {\n${this.#object.partOf.length ? '  id: ID\n' : ''}${body || '  _empty: Boolean'}\n}`),
      ...(names.includes(`${type}UpdateInput`) ? [`input ${type}UpdateItem { id: ID! version: Int input: ${type}UpdateInput! }`] : []),
      ...(names.length ? groups.map((g) => `input ${type}${pascal(g)}Input {\n${writable.filter((f) => f.group === g).map((f) => member(f, f.handler.input)).join('\n')}\n}`) : []),
    ]
  }
}

function output(model: Model, field: FieldModel): string {
  return field.handler.filter === 'relation' ? model.objects.get(field.to!)!.type : field.handler.output
}

function member(field: FieldModel, type: string): string {
  const help = textIn(field.help, 'en') || textIn(field.label, 'en')
  const options = field.options?.length && field.kind === 'system' ? ` One of: ${field.options.map((o) => o.key).join(', ')}.` : ''
  return `  ${describe(help + options)}\n  ${field.name}: ${type}`
}

function describe(text: string): string {
  return JSON.stringify(text.replace(/\s+/g, ' '))
}
