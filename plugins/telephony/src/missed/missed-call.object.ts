import type { ObjectDefinition } from '@kartotek/sdk'

/** A number that called and reached nobody, until somebody has spoken with it. There is one open one for each number. */
export const missedCallObject: ObjectDefinition = {
  name: 'missedCall', plural: 'missedCalls', icon: 'phone-missed', title: 'heading', owned: true, quiet: true, accessFrom: ['client', 'contact', 'order', 'intakeItem'],
  label: { ru: 'Пропущенный звонок', uk: 'Пропущений дзвінок', fi: 'Vastaamaton puhelu', en: 'Missed call' },
  labelPlural: { ru: 'Пропущенные звонки', uk: 'Пропущені дзвінки', fi: 'Vastaamattomat puhelut', en: 'Missed calls' },
  help: { ru: 'Кому нужно перезвонить и к какому времени.', uk: 'Кому потрібно передзвонити й до якого часу.', fi: 'Kenelle on soitettava takaisin ja mihin mennessä.', en: 'Who is to be called back, and by when.' },
  fields: [
    { name: 'heading', type: 'text', required: true, searchable: true, maxLength: 120, identifying: true, derivedFrom: ['number', 'call.number'], label: { ru: 'Номер', uk: 'Номер', fi: 'Numero', en: 'Number' } },
    { name: 'number', type: 'phone', searchable: true, derivedFrom: ['call.number'], label: { ru: 'Телефон', uk: 'Телефон', fi: 'Puhelinnumero', en: 'Telephone' } },
    {
      name: 'state', type: 'select', required: true, default: 'open', filterable: true, label: { ru: 'Состояние', uk: 'Стан', fi: 'Tila', en: 'State' },
      options: [
        { key: 'open', color: 'red', label: { ru: 'Не перезвонили', uk: 'Не передзвонили', fi: 'Ei soitettu takaisin', en: 'Not called back' } },
        { key: 'done', color: 'green', label: { ru: 'Закрыт', uk: 'Закритий', fi: 'Hoidettu', en: 'Done' } },
      ],
    },
    { name: 'count', type: 'integer', required: true, default: 1, min: 0, filterable: true, label: { ru: 'Сколько раз', uk: 'Скільки разів', fi: 'Montako kertaa', en: 'Times' } },
    { name: 'firstAt', type: 'dateTime', required: true, filterable: true, label: { ru: 'Первый раз', uk: 'Уперше', fi: 'Ensimmäinen', en: 'First' } },
    { name: 'lastAt', type: 'dateTime', required: true, filterable: true, label: { ru: 'Последний раз', uk: 'Востаннє', fi: 'Viimeisin', en: 'Last' } },
    { name: 'due', type: 'dateTime', filterable: true, label: { ru: 'Перезвонить до', uk: 'Передзвонити до', fi: 'Soitettava viimeistään', en: 'Call back by' } },
    { name: 'client', type: 'reference', to: 'client', filterable: true, label: { ru: 'Клиент', uk: 'Клієнт', fi: 'Asiakas', en: 'Client' } },
    { name: 'contact', type: 'reference', to: 'contact', label: { ru: 'Контактное лицо', uk: 'Контактна особа', fi: 'Yhteyshenkilö', en: 'Contact' } },
    { name: 'order', type: 'reference', to: 'order', label: { ru: 'Заказ', uk: 'Замовлення', fi: 'Tilaus', en: 'Order' } },
    { name: 'intakeItem', type: 'reference', to: 'intakeItem', filterable: true, label: { ru: 'Заявка', uk: 'Заявка', fi: 'Yhteydenotto', en: 'Request' } },
    { name: 'escalatedAt', type: 'dateTime', filterable: true, section: 'outcome', label: { ru: 'Передан руководителю', uk: 'Передано керівникові', fi: 'Ilmoitettu esihenkilölle', en: 'Told to the leader' } },
    { name: 'closedAt', type: 'dateTime', section: 'outcome', label: { ru: 'Закрыт', uk: 'Закрито', fi: 'Hoidettu', en: 'Closed at' } },
    { name: 'closedBy', type: 'user', section: 'outcome', label: { ru: 'Кто закрыл', uk: 'Хто закрив', fi: 'Hoitaja', en: 'Closed by' } },
    { name: 'note', type: 'longText', maxLength: 2_000, section: 'outcome', label: { ru: 'Чем кончилось', uk: 'Чим закінчилося', fi: 'Miten päättyi', en: 'How it ended' } },
    { name: 'openKey', type: 'text', unique: true, technical: true, identifying: true, exported: false, maxLength: 60, derivedFrom: ['number', 'call.number'], label: { ru: 'Ключ номера', uk: 'Ключ номера', fi: 'Numeron avain', en: 'Key of the number' } },
  ],
}
