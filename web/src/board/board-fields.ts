import { isSystem } from '../model/naming.ts'
import type { FieldInfo, ObjectInfo } from '../model/types.ts'

export interface BoardFields {
  /** The amount that columns sum up. */
  amount: FieldInfo | undefined
  /** Who or what the record is about, below its title. */
  subtitle: FieldInfo[]
  /** Small facts in the foot of a card. */
  facts: FieldInfo[]
  all: FieldInfo[]
}

const AMOUNTS = ['total', 'amount', 'sum', 'price']

/** What a card on the board shows, chosen from the model: the references first, then dates and choices. */
export function boardFields(object: ObjectInfo): BoardFields {
  const fields = object.fields.filter(field => !field.hidden && field.section !== 'system' && field.key !== object.title)
  const money = fields.filter(field => field.type === 'money')
  const amount = AMOUNTS.flatMap(name => money.find(field => field.name === name && isSystem(field)) ?? [])[0] ?? money[0]
  const text = fields.find(field => field.type === 'text' && ['subject', 'name'].includes(field.name))
  const subtitle = [...(text ? [text] : []), ...fields.filter(field => field.type === 'reference' && field.name !== 'team').slice(0, 1)]
  const facts = [
    ...fields.filter(field => field.type === 'date').slice(-1),
    ...fields.filter(field => field.type === 'select' && field.name !== 'lossReason').slice(0, 1),
  ]
  return { amount, subtitle, facts, all: [...(amount ? [amount] : []), ...subtitle, ...facts] }
}
