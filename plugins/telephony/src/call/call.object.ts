import type { FieldDefinition, ObjectDefinition } from '@kartotek/sdk'

/** One call, as far as it is known by now. Written by the exchange; people add a note and say whose call it was. */
export const callObject: ObjectDefinition = {
  name: 'call', plural: 'calls', icon: 'phone', title: 'heading', owned: true, quiet: true, accessFrom: ['client', 'contact', 'order', 'intakeItem', 'rings.user'],
  label: { ru: 'Звонок', uk: 'Дзвінок', fi: 'Puhelu', en: 'Call' },
  labelPlural: { ru: 'Звонки', uk: 'Дзвінки', fi: 'Puhelut', en: 'Calls' },
  help: { ru: 'Журнал звонков: их приносит телефония.', uk: 'Журнал дзвінків: їх приносить телефонія.', fi: 'Puheluloki: puhelut tulevat puhelinjärjestelmästä.', en: 'The log of calls, as telephony tells them.' },
  fields: [
    { name: 'heading', type: 'text', required: true, searchable: true, maxLength: 120, identifying: true, derivedFrom: ['number'], label: { ru: 'Номер', uk: 'Номер', fi: 'Numero', en: 'Number' } },
    {
      name: 'direction', type: 'select', required: true, filterable: true, label: { ru: 'Направление', uk: 'Напрямок', fi: 'Suunta', en: 'Direction' },
      options: [
        { key: 'in', color: 'green', label: { ru: 'Входящий', uk: 'Вхідний', fi: 'Saapuva', en: 'Incoming' } },
        { key: 'out', color: 'sky', label: { ru: 'Исходящий', uk: 'Вихідний', fi: 'Lähtevä', en: 'Outgoing' } },
      ],
    },
    { name: 'number', type: 'phone', searchable: true, filterable: true, label: { ru: 'Телефон', uk: 'Телефон', fi: 'Puhelinnumero', en: 'Telephone' } },
    { name: 'numberKey', type: 'text', technical: true, identifying: true, derivedFrom: ['number'], filterable: true, maxLength: 60, label: { ru: 'Нормализованный номер', uk: 'Нормалізований номер', fi: 'Normalisoitu numero', en: 'Normalised number' } },
    {
      name: 'result', type: 'select', filterable: true, label: { ru: 'Итог', uk: 'Підсумок', fi: 'Lopputulos', en: 'Result' }, help: { ru: 'Пусто, пока звонок идёт.', uk: 'Порожньо, поки дзвінок триває.', fi: 'Tyhjä, kunnes puhelu päättyy.', en: 'Empty while it goes on.' },
      options: [
        { key: 'answered', color: 'green', label: { ru: 'Отвечен', uk: 'Прийнятий', fi: 'Vastattu', en: 'Answered' } },
        { key: 'missed', color: 'red', label: { ru: 'Без ответа', uk: 'Без відповіді', fi: 'Ei vastattu', en: 'Not answered' } },
        { key: 'busy', color: 'amber', label: { ru: 'Занято', uk: 'Зайнято', fi: 'Varattu', en: 'Busy' } },
        { key: 'rejected', color: 'orange', label: { ru: 'Отклонён', uk: 'Відхилений', fi: 'Hylätty', en: 'Rejected' } },
        { key: 'abandoned', color: 'red', label: { ru: 'Не дождался в очереди', uk: 'Не дочекався в черзі', fi: 'Luopui jonossa', en: 'Gave up in the queue' } },
      ],
    },
    { name: 'client', type: 'reference', to: 'client', filterable: true, label: { ru: 'Клиент', uk: 'Клієнт', fi: 'Asiakas', en: 'Client' } },
    { name: 'contact', type: 'reference', to: 'contact', filterable: true, label: { ru: 'Контактное лицо', uk: 'Контактна особа', fi: 'Yhteyshenkilö', en: 'Contact' } },
    { name: 'order', type: 'reference', to: 'order', filterable: true, label: { ru: 'Заказ', uk: 'Замовлення', fi: 'Tilaus', en: 'Order' } },
    { name: 'startedAt', type: 'dateTime', required: true, filterable: true, label: { ru: 'Начало', uk: 'Початок', fi: 'Alkoi', en: 'Began' } },
    { name: 'answeredAt', type: 'dateTime', label: { ru: 'Ответ', uk: 'Відповідь', fi: 'Vastattiin', en: 'Answered at' } },
    { name: 'endedAt', type: 'dateTime', filterable: true, label: { ru: 'Конец', uk: 'Кінець', fi: 'Päättyi', en: 'Ended' } },
    { name: 'wait', type: 'integer', min: 0, max: 864_000, filterable: true, label: { ru: 'Ожидание, с', uk: 'Очікування, с', fi: 'Odotus, s', en: 'Waited, s' } },
    { name: 'talk', type: 'integer', min: 0, max: 864_000, filterable: true, label: { ru: 'Разговор, с', uk: 'Розмова, с', fi: 'Puhetta, s', en: 'Talked, s' } },
    { name: 'line', type: 'text', maxLength: 60, filterable: true, label: { ru: 'Наша линия', uk: 'Наша лінія', fi: 'Oma numero', en: 'Our line' } },
    { name: 'queue', type: 'text', maxLength: 60, filterable: true, label: { ru: 'Очередь', uk: 'Черга', fi: 'Jono', en: 'Queue' } },
    { name: 'extension', type: 'text', maxLength: 40, label: { ru: 'Внутренний номер', uk: 'Внутрішній номер', fi: 'Sisänumero', en: 'Extension' } },
    { name: 'note', type: 'longText', searchable: true, maxLength: 5_000, label: { ru: 'Заметка', uk: 'Нотатка', fi: 'Muistiinpano', en: 'Note' } },
    { name: 'recorded', type: 'boolean', required: true, default: false, filterable: true, label: { ru: 'Есть запись', uk: 'Є запис', fi: 'Nauhoitettu', en: 'Recorded' } },
    { name: 'recording', type: 'text', technical: true, exported: false, maxLength: 500, label: { ru: 'Запись разговора', uk: 'Запис розмови', fi: 'Nauhoitus', en: 'Recording' } },
    { name: 'missedCall', type: 'reference', to: 'missedCall', reverse: 'calls', technical: true, label: { ru: 'Пропущенный', uk: 'Пропущений', fi: 'Vastaamaton puhelu', en: 'Missed call' } },
    { name: 'intakeItem', type: 'reference', to: 'intakeItem', technical: true, filterable: true, label: { ru: 'Заявка', uk: 'Заявка', fi: 'Yhteydenotto', en: 'Request' } },
    { name: 'provider', type: 'text', maxLength: 40, filterable: true, technical: true, label: { ru: 'Провайдер', uk: 'Провайдер', fi: 'Palveluntarjoaja', en: 'Provider' } },
    { name: 'externalId', type: 'text', maxLength: 100, technical: true, label: { ru: 'Номер у провайдера', uk: 'Номер у провайдера', fi: 'Tunnus palvelussa', en: 'Id at the provider' } },
    // One call of an exchange is one record, however often it is told, and on however many nodes.
    { name: 'externalKey', type: 'text', unique: true, technical: true, exported: false, maxLength: 150, label: { ru: 'Ключ звонка', uk: 'Ключ дзвінка', fi: 'Puhelun avain', en: 'Key of the call' } },
    { name: 'sequence', type: 'integer', technical: true, exported: false, label: { ru: 'Номер сообщения', uk: 'Номер повідомлення', fi: 'Viestin numero', en: 'Number of the telling' } },
    { name: 'tellings', type: 'integer', technical: true, exported: false, label: { ru: 'Сообщений', uk: 'Повідомлень', fi: 'Viestejä', en: 'Tellings' } },
  ],
}

/** Whose telephones rang: the way that the call took. Each of them sees the call. */
export const callRingObject: ObjectDefinition = {
  name: 'callRing', plural: 'callRings', title: 'user', partOf: { object: 'call', field: 'call', list: 'rings' },
  label: { ru: 'У кого звонило', uk: 'У кого дзвонило', fi: 'Kenellä soi', en: 'Rang at' },
  labelPlural: { ru: 'У кого звонило', uk: 'У кого дзвонило', fi: 'Kenellä soi', en: 'Rang at' },
  fields: [
    { name: 'call', type: 'reference', to: 'call', required: true, label: { ru: 'Звонок', uk: 'Дзвінок', fi: 'Puhelu', en: 'Call' } },
    { name: 'user', type: 'user', required: true, label: { ru: 'Кто', uk: 'Хто', fi: 'Kuka', en: 'Who' } },
  ],
}

/** By which a call finds the one who takes it. */
export const extensionField: FieldDefinition = {
  name: 'extension', type: 'text', unique: true, filterable: true, maxLength: 40,
  label: { ru: 'Внутренний номер', uk: 'Внутрішній номер', fi: 'Sisänumero', en: 'Extension' },
  help: { ru: 'Как его знает телефония: 101.', uk: 'Як його знає телефонія: 101.', fi: 'Kuten puhelinjärjestelmä sen tuntee: 101.', en: 'As the exchange knows it: 101.' },
}

const key = (name: string, label: FieldDefinition['label']): FieldDefinition => ({ name, type: 'text', unique: true, technical: true, exported: false, filterable: true, maxLength: 40, label })
/** One call has one entry, and one missed call one task: the second is refused, whoever makes it. */
export const callOfEntry = key('call', { ru: 'Звонок', uk: 'Дзвінок', fi: 'Puhelu', en: 'Call' })
/** What the entry of a call says of it. */
export const copiedOfCall: FieldDefinition[] = [
  { name: 'heading', type: 'text', readOnly: true, searchable: true, identifying: true, derivedFrom: ['call.heading'], label: { ru: 'Номер', uk: 'Номер', fi: 'Numero', en: 'Number' } },
  { name: 'text', type: 'longText', readOnly: true, searchable: true, identifying: true, maxLength: 5_000, derivedFrom: ['call.note'], label: { ru: 'Заметка о звонке', uk: 'Нотатка про дзвінок', fi: 'Muistiinpano puhelusta', en: 'Note on the call' } },
]
export const missedCallOfTask = key('missedCall', { ru: 'Пропущенный звонок', uk: 'Пропущений дзвінок', fi: 'Vastaamaton puhelu', en: 'Missed call' })
/** Which number to call; closed to whoever may not read it at the calls. */
export const numberOfTask: FieldDefinition = {
  name: 'callBack', type: 'phone', readOnly: true, searchable: true, identifying: true, derivedFrom: ['missedCall.heading'],
  label: { ru: 'Перезвонить по номеру', uk: 'Передзвонити на номер', fi: 'Soita takaisin numeroon', en: 'Number to call back' },
}
