import type { ObjectDefinition } from '@kartotek/sdk'

/** A record like any other: with list, card, filters, custom fields, rights and history. */
export const signalObject: ObjectDefinition = {
  name: 'myPluginSignal',
  plural: 'myPluginSignals',
  icon: 'radio',
  title: 'text',
  // Who may see the client may see its signals.
  accessFrom: ['client'],
  label: { en: 'Signal', ru: 'Сигнал', uk: 'Сигнал', fi: 'Signaali' },
  labelPlural: { en: 'Signals', ru: 'Сигналы', uk: 'Сигнали', fi: 'Signaalit' },
  fields: [
    { name: 'text', type: 'text', required: true, searchable: true, label: { en: 'Text', ru: 'Текст', uk: 'Текст', fi: 'Teksti' } },
    { name: 'client', type: 'reference', to: 'client', reverse: 'myPluginSignals', required: true, label: { en: 'Client', ru: 'Клиент', uk: 'Клієнт', fi: 'Asiakas' } },
    { name: 'externalId', type: 'text', unique: true, technical: true, label: { en: 'Name there', ru: 'Имя в другой системе', uk: 'Ім’я в іншій системі', fi: 'Nimi muualla' } },
  ],
}
