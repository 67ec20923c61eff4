import { NotAllowedError, type Actor } from '@kartotek/sdk'
import { objectOf, type FieldModel, type Model, type ObjectModel, type ReverseList } from '../model/model.ts'
import { mayKeep, within } from './narrowing.ts'
import { SCOPES, type Action, type Role, type Scope } from './roles.ts'

/**
 * The rights of one actor over one model. The only place that answers «may this actor refer to this path»: selection,
 * filter, sort, group, search, aggregates, history and messages all ask here.
 */
export interface Access {
  readonly actor: Actor
  readonly everything: boolean
  /** The rights of the person whose token is narrowed; these themselves for everybody else. Which records are a person's does not change with the narrowing. */
  readonly whole: Access
  /** How far an action on an object reaches. Parts follow their wholes: reading by reading, all else by updating. */
  scope(object: ObjectModel, action: Action): Scope
  canRead(field: FieldModel): boolean
  canWrite(field: FieldModel): boolean
  /** Whether the list is there for the actor: he sees its object and may read the reference that makes it. */
  canList(list: ReverseList): boolean
  /** Fields that a role closes to the actor, as `object.key`; also those that are hidden now. */
  readonly closed: ReadonlySet<string>
  capability(name: string): boolean
  /** @throws NotAllowedError without the capability */
  require(capability: string): void
  /** Equal for actors who see the same objects and fields: the key of their common schema. */
  readonly visibility: string
}

const wider = (a: Scope, b: Scope | undefined): Scope => (b && SCOPES.indexOf(b) > SCOPES.indexOf(a) ? b : a)

/** Rights that background code of a plugin got at its install (`needs`). */
export type Needs = Record<string, ('read' | 'create' | 'update' | 'delete')[]>

/** Compiles the rights of an actor. `needs` are those of a plugin's own code, which has no roles. */
export function compileAccess(model: Model, roles: readonly Role[], actor: Actor, needs?: Needs): Access {
  const { narrowedTo, ...person } = actor
  const whole = narrowedTo && compileAccess(model, roles, person, needs)
  const mine = roles.filter((role) => actor.roleIds.includes(role.id))
  const all = actor.kind === 'system' || mine.some((role) => role.rules.everything)
  const everything = all && !narrowedTo
  const scopes = new Map<string, Scope>()

  function scope(object: ObjectModel, action: Action): Scope {
    if (everything) return 'all'
    const key = `${object.name}:${action}`
    let result = scopes.get(key)
    if (result === undefined) scopes.set(key, result = compile(object, action))
    return result
  }
  function compile(object: ObjectModel, action: Action): Scope {
    if (object.partOf.length) {
      return object.partOf.reduce<Scope>((s, part) => {
        const whole = model.objects.get(part.object)
        return whole ? wider(s, scope(whole, action === 'read' ? 'read' : 'update')) : s
      }, 'none')
    }
    if (narrowedTo) return within(narrowedTo, object.name, action) ? whole!.scope(object, action) : 'none'
    if (actor.kind === 'plugin') return needs?.[object.name]?.includes(action) || object.plugin === actor.id ? 'all' : 'none'
    return mine.reduce<Scope>((s, role) => {
      const rules = role.rules.objects ?? {}
      return wider(s, (rules[object.name] ?? rules['*'])?.[action])
    }, 'none')
  }
  // A token with some of a person's roles must not see what another of them closes to the person.
  const closing = [...mine, ...roles.filter((role) => actor.closedBy?.includes(role.id))]
  const denied = (field: FieldModel, what: 'read' | 'write'): boolean => !all
    && closing.some((role) => role.rules.fields?.[`${field.object}.${field.key}`]?.[what] === false)
  const closed = new Set(all ? [] : closing.flatMap((role) => Object.entries(role.rules.fields ?? {}).flatMap(([path, { read }]) => (read === false ? [path] : []))))
  const visible = (object: ObjectModel): boolean => scope(object, 'read') !== 'none'
  const targetVisible = (field: FieldModel): boolean => {
    const target = field.to ? model.objects.get(field.to) : undefined
    return !target || visible(target)
  }
  const open = (field: FieldModel): boolean => !field.hidden && (!field.internal || actor.kind === 'system') && !denied(field, 'read') && targetVisible(field)
  const openSource = (source: FieldModel | undefined, field: FieldModel): boolean => source !== undefined && open(source)
    && (source.object === field.object || visible(objectOf(model, source.object)))
  // What is derived from a closed field is closed with it, or it would tell the field's value.
  const canRead = (field: FieldModel): boolean => open(field) && field.sources.every((source) => openSource(source, field))
  // What the server computes only the system itself may set, and a plugin what it brought.
  const fills = (field: FieldModel): boolean => !field.formula && (actor.kind === 'system' || (actor.kind === 'plugin' && (field.group || model.objects.get(field.object)?.plugin) === actor.id && !field.id.startsWith('base:')))
  const canWrite = (field: FieldModel): boolean => (!field.readOnly || fills(field)) && canRead(field) && !denied(field, 'write')
  const canList = (list: ReverseList): boolean => {
    const other = model.objects.get(list.object)
    const back = other?.byKey.get(list.field)
    return other !== undefined && back !== undefined && visible(other) && canRead(back)
  }
  const capabilities = new Set(mine.flatMap((role) => role.rules.capabilities ?? []))
  const capability = (name: string): boolean => (narrowedTo ? mayKeep(name) && narrowedTo.capabilities?.includes(name) === true && whole!.capability(name) : everything || capabilities.has(name))
  let visibility: string | undefined

  const access: Access = {
    actor, everything, scope, canRead, canWrite, canList, closed, capability,
    get whole() { return whole ?? access },
    require(name) {
      if (!capability(name)) throw new NotAllowedError(`This needs the right "${name}"; ask an administrator.`, { capability: name })
    },
    get visibility() {
      return visibility ??= actor.kind === 'system' ? 'system' : everything ? 'everything' : [...model.objects.values()].filter(visible).map((object) => {
        const actions = (['create', 'update', 'delete'] as const).map((a) => (scope(object, a) === 'none' ? '-' : a[0])).join('')
        const fields = object.fields.filter(canRead).map((f) => (canWrite(f) ? `${f.key}!` : f.key)).join(',')
        return `${object.name}(${actions}:${fields})`
      }).join(';')
    },
  }
  return access
}
