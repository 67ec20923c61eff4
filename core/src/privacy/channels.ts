import type { FieldDefinition, OptionDefinition } from '@kartotek/sdk'

/** Ways to reach a person, as consents and «do not contact» know them. */
export const CHANNELS: OptionDefinition[] = [
  { key: 'phone', color: 'green', label: { ru: 'Телефон', uk: 'Телефон', fi: 'Puhelin', en: 'Phone' } },
  { key: 'email', color: 'blue', label: { ru: 'Эл. почта', uk: 'Ел. пошта', fi: 'Sähköposti', en: 'E-mail' } },
  { key: 'sms', color: 'teal', label: { ru: 'СМС', uk: 'СМС', fi: 'Tekstiviesti', en: 'SMS' } },
  { key: 'messenger', color: 'sky', label: { ru: 'Мессенджер', uk: 'Месенджер', fi: 'Pikaviesti', en: 'Messenger' } },
  { key: 'post', color: 'slate', label: { ru: 'Почта', uk: 'Пошта', fi: 'Posti', en: 'Post' } },
]
export const CHANNEL_KEYS = CHANNELS.map((channel) => channel.key)

/** What everybody has whom one may write to or call. */
export const contactFields: FieldDefinition[] = [
  {
    name: 'preferredChannel', type: 'select', filterable: true, section: 'relations', options: CHANNELS, label: { ru: 'Удобный способ связи', uk: 'Зручний спосіб зв’язку', fi: 'Mieluisin yhteystapa', en: 'Preferred channel' },
    help: { ru: 'Как с этим человеком лучше всего связаться.', uk: 'Як із цією людиною найкраще зв’язатися.', fi: 'Miten henkilöön on paras ottaa yhteyttä.', en: 'How this person is best reached.' },
  },
  {
    name: 'doNotContact', type: 'multiSelect', filterable: true, section: 'relations', options: CHANNELS, label: { ru: 'Не беспокоить', uk: 'Не турбувати', fi: 'Ei yhteydenottoja', en: 'Do not contact' },
    help: { ru: 'Каналы, по которым этому человеку больше не пишут и не звонят.', uk: 'Канали, якими цій людині більше не пишуть і не телефонують.', fi: 'Kanavat, joilla henkilöön ei enää oteta yhteyttä.', en: 'Channels by which this person is not written to or called any more.' },
  },
  { name: 'erasedAt', type: 'dateTime', readOnly: true, technical: true, filterable: true, section: 'system', label: { ru: 'Данные стёрты', uk: 'Дані стерто', fi: 'Tiedot poistettu', en: 'Data erased' } },
]
