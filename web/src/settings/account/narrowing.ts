/** Actions of a narrowed token on one object; `*` stands for all that are not named. */
export interface NarrowedObject { object: string, actions: TokenAction[] }
export interface Narrowing { objects: NarrowedObject[], capabilities: string[] }
export type TokenAction = 'READ' | 'CREATE' | 'UPDATE' | 'DELETE'

export const TOKEN_ACTIONS: TokenAction[] = ['READ', 'CREATE', 'UPDATE', 'DELETE']

/** With the action switched on or off. Reading goes with all others: nothing is done to records unseen. */
export function withAction(objects: NarrowedObject[], object: string, action: TokenAction, on: boolean): NarrowedObject[] {
  const before = objects.find(one => one.object === object)?.actions ?? []
  const wanted = on ? [...before, action, 'READ' as const] : action === 'READ' ? [] : before.filter(one => one !== action)
  const actions = TOKEN_ACTIONS.filter(one => wanted.includes(one))
  const others = objects.filter(one => one.object !== object)
  return actions.length ? [...others, { object, actions }] : others
}
