import type { FieldDefinition, ObjectDefinition } from '@kartotek/sdk'

/** One line of the account of points: given (positive) or spent (negative). It is written once and never changed. */
export const entryObject: ObjectDefinition = {
  name: 'loyaltyEntry',
  plural: 'loyaltyEntries',
  icon: 'gem',
  title: 'reason',
  // Who may see the client may see the client's points.
  accessFrom: ['client'],
  label: { en: 'Points entry', ru: 'Операция с баллами', uk: 'Операція з балами', fi: 'Pistetapahtuma' },
  labelPlural: { en: 'Points entries', ru: 'Операции с баллами', uk: 'Операції з балами', fi: 'Pistetapahtumat' },
  fields: [
    { name: 'reason', type: 'text', required: true, searchable: true, label: { en: 'What for', ru: 'За что', uk: 'За що', fi: 'Peruste' } },
    { name: 'points', type: 'integer', required: true, filterable: true, label: { en: 'Points', ru: 'Баллы', uk: 'Бали', fi: 'Pisteet' } },
    { name: 'client', type: 'reference', to: 'client', reverse: 'loyaltyEntries', required: true, filterable: true, label: { en: 'Client', ru: 'Клиент', uk: 'Клієнт', fi: 'Asiakas' } },
    // An order gives points once, whoever asks and however often.
    { name: 'order', type: 'reference', to: 'order', reverse: 'loyaltyEntries', unique: true, label: { en: 'Order', ru: 'Заказ', uk: 'Замовлення', fi: 'Tilaus' } },
    // «The 7th entry of this client» exists once: of two who spend the same points at once, the second has to look again.
    { name: 'number', type: 'integer', technical: true, readOnly: true, filterable: true, label: { en: 'Number', ru: 'Номер', uk: 'Номер', fi: 'Numero' } },
    { name: 'turn', type: 'text', technical: true, readOnly: true, unique: true, label: { en: 'Turn', ru: 'Очередь', uk: 'Черга', fi: 'Vuoro' } },
  ],
}

/** On clients, in the API as `client { loyaltyPoints { points } }`. Only the plugin writes it. */
export const pointsField: FieldDefinition = {
  name: 'points', type: 'integer', readOnly: true, filterable: true,
  label: { en: 'Loyalty points', ru: 'Бонусные баллы', uk: 'Бонусні бали', fi: 'Kanta-asiakaspisteet' },
}
