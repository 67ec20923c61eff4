import type { Access } from '../access/access.ts'
import type { Model, ObjectModel } from '../model/model.ts'
import { asksMayContact } from '../privacy/may-contact.ts'
import { asksContact, asksNextStep } from '../tasks/next-step.ts'

/** What a filter can ask of a record as a whole, beside its fields. */
export type Judgement = 'stuck' | 'withoutNextStep' | 'noContactDays' | 'mayContact'

/** Whether the actor may ask which records are stuck: that tells of the stage and of the moment when it was entered. */
export function asksStuck(access: Access, object: ObjectModel): boolean {
  return object.staged === true && ['stage', 'stageEnteredAt'].every((key) => access.canRead(object.byKey.get(key)!))
}

/** The judgements that the actor may ask for of records of the object. */
export function judgementsOf(model: Model, access: Access, object: ObjectModel): Judgement[] {
  return [
    ...(asksStuck(access, object) ? ['stuck' as const] : []),
    ...(asksNextStep(model, access, object) ? ['withoutNextStep' as const] : []),
    ...(asksContact(model, access, object) ? ['noContactDays' as const] : []),
    ...(asksMayContact(model, access, object) ? ['mayContact' as const] : []),
  ]
}
