import { InputError, NotAllowedError, type Actor, type Narrowing } from '@kartotek/sdk'
import type { Model } from '../model/model.ts'
import type { Access } from './access.ts'
import { ACTIONS, type Action } from './roles.ts'

/** Who gives rights to others does it with all of his own, or a narrowed token would free itself. */
const NEVER = ['access.manage', 'users.manage']

/** Whether a narrowed token may have the capability at all. */
export const mayKeep = (capability: string): boolean => !NEVER.includes(capability)

export const within = ({ objects }: Narrowing, object: string, action: Action): boolean => (objects[object] ?? objects['*'])?.includes(action) ?? false

/** What a narrowing names, in one order: it is not kept as it was written. */
export const namedObjects = ({ objects }: Narrowing): [object: string, actions: readonly Action[]][] => Object.entries(objects).sort(([a], [b]) => (a < b ? -1 : 1))

/**
 * For what goes on with all rights of the person after the request has ended.
 * @throws NotAllowedError for a token that has only a part of them
 */
export function requireAllOfPerson({ closedBy, narrowedTo }: Actor): void {
  if (closedBy?.length || narrowedTo) throw new NotAllowedError('A token with only some of your rights may not do this.')
}

/**
 * What a new token is narrowed to, as it is kept: each object with reading, because nothing is done to records unseen.
 * @throws InputError for what is not there, or not within the rights of the person
 */
export function checkNarrowing(model: Model, access: Access, { objects, capabilities = [] }: Narrowing): Narrowing {
  const kept: Record<string, Action[]> = {}
  for (const [name, actions] of Object.entries(objects)) {
    const field = `narrowedTo.objects.${name}`
    const object = model.objects.get(name)
    const wanted = ACTIONS.filter((action) => action === 'read' || actions.includes(action))
    const unknown = actions.find((action) => !ACTIONS.includes(action))
    if (unknown) throw invalid(field, 'option', `There is no action "${unknown}"; there are ${ACTIONS.join(', ')}.`)
    if (name !== '*') {
      if (!object || access.scope(object, 'read') === 'none') throw invalid(field, 'reference', `There is no object "${name}".`)
      if (object.partOf.length) throw invalid(field, 'type', `"${name}" follows ${object.partOf.map((part) => part.object).join(', ')}: name that.`)
      const beyond = wanted.find((action) => access.scope(object, action) === 'none')
      if (beyond) throw invalid(field, 'rights', `You may not ${beyond} here yourself (${name}).`)
    }
    kept[name] = wanted
  }
  const beyond = capabilities.find((name) => !mayKeep(name) || !access.capability(name))
  if (beyond) throw invalid('narrowedTo.capabilities', 'rights', `A narrowed token cannot have the right "${beyond}".`)
  if (!Object.keys(kept).length && !capabilities.length) throw invalid('narrowedTo.objects', 'required', 'Name at least one object.')
  return { objects: kept, capabilities: [...new Set(capabilities)] }
}

const invalid = (field: string, rule: string, message: string): InputError => new InputError(message, [{ field, rule, message }])
