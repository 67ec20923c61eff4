import type { ObjectDefinition } from '@kartotek/sdk'

/** A record like any other: with list, card, filters, custom fields, rights and history. */
export const greetingObject: ObjectDefinition = {
  name: 'greeting',
  plural: 'greetings',
  label: { en: 'Greeting', ru: 'Приветствие', uk: 'Привітання', fi: 'Tervehdys' },
  labelPlural: { en: 'Greetings', ru: 'Приветствия', uk: 'Привітання', fi: 'Tervehdykset' },
  icon: 'hand',
  title: 'text',
  // Who may see the client may see how the client was greeted.
  accessFrom: ['client'],
  fields: [
    {
      name: 'text', type: 'text', required: true, searchable: true,
      label: { en: 'Text', ru: 'Текст', uk: 'Текст', fi: 'Teksti' },
    },
    {
      name: 'client', type: 'reference', to: 'client', reverse: 'greetings', required: true,
      label: { en: 'Client', ru: 'Клиент', uk: 'Клієнт', fi: 'Asiakas' },
    },
  ],
}
