import { isSystem } from '../model/naming.ts'
import type { FieldInfo, ObjectInfo } from '../model/types.ts'

export interface BoardFields {
  /** The amount that columns sum up. */
  amount: FieldInfo | undefined
  /** In words what a record is about that is named by a number. */
  subject: FieldInfo | undefined
  /** Who the record is about. */
  about: FieldInfo | undefined
  /** Until when. */
  due: FieldInfo | undefined
  /** A choice that is worth a word where it is not the usual one. */
  mark: FieldInfo | undefined
  all: FieldInfo[]
}

const AMOUNTS = ['total', 'amount', 'sum', 'price']

/** What a card on the board shows, chosen from the model. */
export function boardFields(object: ObjectInfo): BoardFields {
  const fields = object.fields.filter(field => !field.hidden && field.section !== 'system' && field.key !== object.title)
  const money = fields.filter(field => field.type === 'money')
  const amount = AMOUNTS.flatMap(name => money.find(field => field.name === name && isSystem(field)) ?? [])[0] ?? money[0]
  const subject = fields.find(field => field.type === 'text' && ['subject', 'name'].includes(field.name))
  const about = fields.find(field => field.type === 'reference' && field.name !== 'team')
  const due = fields.findLast(field => field.type === 'date')
  const mark = fields.find(field => field.type === 'select' && field.name !== 'lossReason')
  return { amount, subject, about, due, mark, all: [amount, subject, about, due, mark].filter(field => field !== undefined) }
}
