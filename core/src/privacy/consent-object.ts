import type { ObjectDefinition } from '@kartotek/sdk'
import { CHANNELS } from './channels.ts'

/**
 * What a person agreed to, or took back. Nothing of it is ever changed: what was said last about a purpose and a channel holds,
 * all before it stays to be shown.
 */
export const consentObject: ObjectDefinition = {
  name: 'consent', plural: 'consents', icon: 'signature', title: 'purpose', accessFrom: ['subject'],
  label: { ru: 'Согласие', uk: 'Згода', fi: 'Suostumus', en: 'Consent' },
  labelPlural: { ru: 'Согласия', uk: 'Згоди', fi: 'Suostumukset', en: 'Consents' },
  help: { ru: 'На что человек согласился или что отозвал: цель, канал, когда и как.', uk: 'На що людина погодилася або що відкликала: мета, канал, коли і як.', fi: 'Mihin henkilö on suostunut tai minkä hän on perunut: tarkoitus, kanava, aika ja tapa.', en: 'What a person agreed to or took back: purpose, channel, when and how.' },
  fields: [
    { name: 'subject', type: 'record', required: true, among: ['contact', 'client'], label: { ru: 'Кто', uk: 'Хто', fi: 'Kuka', en: 'Who' } },
    { name: 'purpose', type: 'text', required: true, filterable: true, maxLength: 40, label: { ru: 'Цель', uk: 'Мета', fi: 'Tarkoitus', en: 'Purpose' } },
    { name: 'channel', type: 'select', required: true, filterable: true, options: CHANNELS, label: { ru: 'Канал', uk: 'Канал', fi: 'Kanava', en: 'Channel' } },
    {
      name: 'state', type: 'select', required: true, default: 'given', filterable: true, label: { ru: 'Согласие', uk: 'Згода', fi: 'Suostumus', en: 'Consent' },
      options: [
        { key: 'given', color: 'green', label: { ru: 'Дано', uk: 'Надано', fi: 'Annettu', en: 'Given' } },
        { key: 'withdrawn', color: 'red', label: { ru: 'Отозвано', uk: 'Відкликано', fi: 'Peruttu', en: 'Withdrawn' } },
      ],
    },
    { name: 'at', type: 'dateTime', filterable: true, label: { ru: 'Когда', uk: 'Коли', fi: 'Milloin', en: 'When' } },
    { name: 'source', type: 'text', required: true, maxLength: 300, label: { ru: 'Откуда', uk: 'Звідки', fi: 'Mistä', en: 'Source' }, help: { ru: 'Форма на сайте, бумага, телефонный разговор…', uk: 'Форма на сайті, папір, телефонна розмова…', fi: 'Verkkolomake, paperi, puhelu…', en: 'A web form, a paper, a phone call …' } },
    { name: 'textVersion', type: 'integer', min: 1, label: { ru: 'Редакция текста', uk: 'Редакція тексту', fi: 'Tekstin versio', en: 'Version of the text' } },
  ],
}
