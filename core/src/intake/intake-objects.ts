import type { FieldDefinition, ObjectDefinition } from '@kartotek/sdk'

const item: FieldDefinition = { name: 'item', type: 'reference', to: 'intakeItem', required: true, label: { ru: 'Заявка', uk: 'Заявка', fi: 'Yhteydenotto', en: 'Request' } }

/** What came in and stays as it came, whatever becomes of it. */
export const ENVELOPE = ['channel', 'source', 'externalId', 'receivedAt', 'raw', 'utmSource', 'utmMedium', 'utmCampaign', 'utmTerm', 'utmContent', 'page', 'referer', 'seconds']

/** What the whole of a request repeats: who may not read one of these may not read it. */
const CONTAINED = ['channel', 'source', 'externalId', 'receivedAt', 'person', 'company', 'taxId', 'text', 'amount', 'region', 'seconds', 'utmSource', 'utmMedium', 'utmCampaign', 'utmTerm', 'utmContent', 'page', 'referer', 'points.kind', 'points.value', 'values.name', 'values.value']

const intakeItem: ObjectDefinition = {
  // Who is offered an item of the common queue sees it; so does who sees the client that it was linked to.
  name: 'intakeItem', plural: 'intakeItems', icon: 'inbox', title: 'heading', owned: true, accessFrom: ['client', 'offers.user'],
  label: { ru: 'Заявка', uk: 'Заявка', fi: 'Yhteydenotto', en: 'Request' },
  labelPlural: { ru: 'Заявки', uk: 'Заявки', fi: 'Yhteydenotot', en: 'Requests' },
  help: {
    ru: 'Всё, что пришло: звонки, сообщения, формы, письма. Клиент появляется, когда заявку приняли.', uk: 'Усе, що надійшло: дзвінки, повідомлення, форми, листи. Клієнт з’являється, коли заявку прийняли.',
    fi: 'Kaikki saapunut: puhelut, viestit, lomakkeet, sähköpostit. Asiakas syntyy, kun yhteydenotto hyväksytään.', en: 'All that came in: calls, messages, forms, letters. The client is made when the request is accepted.',
  },
  fields: [
    { name: 'heading', type: 'text', readOnly: true, derivedFrom: ['person', 'company', 'text', 'points.value'], searchable: true, label: { ru: 'Заявка', uk: 'Заявка', fi: 'Yhteydenotto', en: 'Request' } },
    {
      name: 'state', type: 'select', readOnly: true, required: true, default: 'new', filterable: true, label: { ru: 'Состояние', uk: 'Стан', fi: 'Tila', en: 'State' },
      options: [
        { key: 'new', color: 'amber', label: { ru: 'Не разобрана', uk: 'Не розібрана', fi: 'Käsittelemättä', en: 'New' } },
        { key: 'accepted', color: 'green', label: { ru: 'Принята', uk: 'Прийнята', fi: 'Hyväksytty', en: 'Accepted' } },
        { key: 'linked', color: 'teal', label: { ru: 'Привязана', uk: 'Прив’язана', fi: 'Liitetty', en: 'Linked' } },
        { key: 'declined', color: 'slate', label: { ru: 'Отклонена', uk: 'Відхилена', fi: 'Hylätty', en: 'Declined' } },
        { key: 'spam', color: 'red', label: { ru: 'Спам', uk: 'Спам', fi: 'Roskaposti', en: 'Spam' } },
      ],
    },
    { name: 'channel', type: 'text', required: true, default: 'manual', filterable: true, maxLength: 60, label: { ru: 'Канал', uk: 'Канал', fi: 'Kanava', en: 'Channel' }, help: { ru: 'call, message, form, letter, manual, api или канал плагина.', uk: 'call, message, form, letter, manual, api або канал плагіна.', fi: 'call, message, form, letter, manual, api tai lisäosan kanava.', en: 'call, message, form, letter, manual, api, or one of a plugin.' } },
    { name: 'source', type: 'text', filterable: true, maxLength: 120, label: { ru: 'Источник', uk: 'Джерело', fi: 'Lähde', en: 'Source' }, help: { ru: 'Какой сайт, номер, рекламная площадка.', uk: 'Який сайт, номер, рекламний майданчик.', fi: 'Mikä sivusto, numero tai mainoskanava.', en: 'Which site, number or advertising place.' } },
    { name: 'receivedAt', type: 'dateTime', required: true, filterable: true, label: { ru: 'Когда пришла', uk: 'Коли надійшла', fi: 'Saapunut', en: 'Received' } },
    { name: 'person', type: 'text', searchable: true, filterable: true, label: { ru: 'Имя', uk: 'Ім’я', fi: 'Nimi', en: 'Name' } },
    { name: 'company', type: 'text', searchable: true, filterable: true, label: { ru: 'Компания', uk: 'Компанія', fi: 'Yritys', en: 'Company' } },
    { name: 'taxId', type: 'text', searchable: true, filterable: true, maxLength: 40, label: { ru: 'Налоговый номер', uk: 'Податковий номер', fi: 'Y-tunnus', en: 'Tax id' } },
    { name: 'text', type: 'longText', searchable: true, maxLength: 50_000, label: { ru: 'Текст', uk: 'Текст', fi: 'Teksti', en: 'Text' } },
    { name: 'amount', type: 'money', filterable: true, label: { ru: 'Сумма', uk: 'Сума', fi: 'Summa', en: 'Amount' } },
    { name: 'region', type: 'text', filterable: true, maxLength: 120, label: { ru: 'Регион', uk: 'Регіон', fi: 'Alue', en: 'Region' } },
    { name: 'seconds', type: 'integer', min: 0, max: 864_000, filterable: true, label: { ru: 'Длительность звонка, с', uk: 'Тривалість дзвінка, с', fi: 'Puhelun kesto, s', en: 'Length of the call, s' }, help: { ru: '0 — на звонок не ответили.', uk: '0 — на дзвінок не відповіли.', fi: '0: puheluun ei vastattu.', en: '0: nobody answered it.' } },
    { name: 'client', type: 'reference', to: 'client', reverse: 'intakeItems', readOnly: true, section: 'outcome', label: { ru: 'Клиент', uk: 'Клієнт', fi: 'Asiakas', en: 'Client' } },
    { name: 'contact', type: 'reference', to: 'contact', readOnly: true, section: 'outcome', label: { ru: 'Контактное лицо', uk: 'Контактна особа', fi: 'Yhteyshenkilö', en: 'Contact' } },
    { name: 'order', type: 'reference', to: 'order', reverse: 'intakeItems', readOnly: true, section: 'outcome', label: { ru: 'Заказ', uk: 'Замовлення', fi: 'Tilaus', en: 'Order' } },
    {
      name: 'declineReason', type: 'select', readOnly: true, filterable: true, section: 'outcome', label: { ru: 'Причина отклонения', uk: 'Причина відхилення', fi: 'Hylkäyksen syy', en: 'Reason for declining' },
      options: [
        { key: 'not_ours', color: 'slate', label: { ru: 'Не наш товар или услуга', uk: 'Не наш товар чи послуга', fi: 'Ei meidän tuotteemme', en: 'Not what we sell' } },
        { key: 'no_contact', color: 'slate', label: { ru: 'Не удалось связаться', uk: 'Не вдалося зв’язатися', fi: 'Ei tavoitettu', en: 'Could not be reached' } },
        { key: 'repeated', color: 'slate', label: { ru: 'Повтор другой заявки', uk: 'Повтор іншої заявки', fi: 'Toisto', en: 'Repeats another request' } },
        { key: 'job', color: 'slate', label: { ru: 'Ищет работу или предлагает услуги', uk: 'Шукає роботу або пропонує послуги', fi: 'Hakee työtä tai tarjoaa palveluja', en: 'Looks for a job or sells to us' } },
        { key: 'other', color: 'slate', label: { ru: 'Другое', uk: 'Інше', fi: 'Muu', en: 'Other' } },
      ],
    },
    { name: 'declineNote', type: 'longText', readOnly: true, maxLength: 2_000, section: 'outcome', label: { ru: 'Пояснение', uk: 'Пояснення', fi: 'Selitys', en: 'Explanation' } },
    { name: 'handledAt', type: 'dateTime', readOnly: true, filterable: true, section: 'outcome', label: { ru: 'Когда разобрана', uk: 'Коли розібрана', fi: 'Käsitelty', en: 'Handled at' } },
    { name: 'handledBy', type: 'user', readOnly: true, section: 'outcome', label: { ru: 'Кто разобрал', uk: 'Хто розібрав', fi: 'Käsittelijä', en: 'Handled by' } },
    { name: 'assignedAt', type: 'dateTime', readOnly: true, section: 'outcome', label: { ru: 'Когда назначена', uk: 'Коли призначена', fi: 'Jaettu', en: 'Assigned at' } },
    { name: 'answerDue', type: 'dateTime', readOnly: true, filterable: true, section: 'outcome', label: { ru: 'Ответить до', uk: 'Відповісти до', fi: 'Vastattava viimeistään', en: 'Answer by' } },
    { name: 'answeredAt', type: 'dateTime', readOnly: true, section: 'outcome', label: { ru: 'Первый ответ', uk: 'Перша відповідь', fi: 'Ensimmäinen vastaus', en: 'First answer' } },
    { name: 'utmSource', type: 'text', filterable: true, section: 'origin', label: { en: 'utm_source' } },
    { name: 'utmMedium', type: 'text', filterable: true, section: 'origin', label: { en: 'utm_medium' } },
    { name: 'utmCampaign', type: 'text', filterable: true, section: 'origin', label: { en: 'utm_campaign' } },
    { name: 'utmTerm', type: 'text', section: 'origin', label: { en: 'utm_term' } },
    { name: 'utmContent', type: 'text', section: 'origin', label: { en: 'utm_content' } },
    { name: 'page', type: 'text', maxLength: 2_000, section: 'origin', label: { ru: 'Страница', uk: 'Сторінка', fi: 'Sivu', en: 'Page' } },
    { name: 'referer', type: 'text', maxLength: 2_000, section: 'origin', label: { ru: 'Откуда пришёл', uk: 'Звідки прийшов', fi: 'Mistä tuli', en: 'Referer' } },
    { name: 'externalId', type: 'text', maxLength: 255, filterable: true, section: 'origin', label: { ru: 'Номер у источника', uk: 'Номер у джерелі', fi: 'Tunnus lähteessä', en: 'Id at the source' } },
    { name: 'raw', type: 'longText', technical: true, exported: false, maxLength: 100_000, derivedFrom: CONTAINED, section: 'origin', label: { ru: 'Как пришло', uk: 'Як надійшло', fi: 'Alkuperäinen', en: 'As it came' } },
    // One delivery is one item, however often it is made.
    { name: 'deliveryKey', type: 'text', readOnly: true, technical: true, unique: true, exported: false, maxLength: 1_000, derivedFrom: ['channel', 'source', 'externalId'], label: { ru: 'Ключ доставки', uk: 'Ключ доставки', fi: 'Toimitusavain', en: 'Delivery key' } },
    { name: 'distributedAt', type: 'dateTime', readOnly: true, technical: true, exported: false, label: { ru: 'Распределена', uk: 'Розподілена', fi: 'Jaettu', en: 'Distributed' } },
    // Which way an item went tells whether its sender is known: only the log says it, to who may learn it.
    { name: 'rule', type: 'text', readOnly: true, technical: true, internal: true, exported: false, maxLength: 40, label: { ru: 'Правило', uk: 'Правило', fi: 'Sääntö', en: 'Rule' } },
    { name: 'entry', type: 'text', readOnly: true, technical: true, internal: true, exported: false, maxLength: 40, label: { ru: 'Запись в ленте', uk: 'Запис у стрічці', fi: 'Aikajanan merkintä', en: 'Timeline entry' } },
  ],
}

/** A phone, address or handle that came with the item. What is none is kept as it came, without a key. */
const intakePoint: ObjectDefinition = {
  name: 'intakePoint', plural: 'intakePoints', title: 'value', partOf: { object: 'intakeItem', field: 'item', list: 'points' },
  label: { ru: 'Способ связи', uk: 'Спосіб зв’язку', fi: 'Yhteystieto', en: 'Contact point' },
  labelPlural: { ru: 'Способы связи', uk: 'Способи зв’язку', fi: 'Yhteystiedot', en: 'Contact points' },
  fields: [
    item,
    { name: 'kind', type: 'text', required: true, default: 'phone', maxLength: 20, filterable: true, label: { ru: 'Вид', uk: 'Вид', fi: 'Laji', en: 'Kind' }, help: { ru: 'phone, email, site, telegram … — как у способов связи клиента.', uk: 'phone, email, site, telegram … — як у способів зв’язку клієнта.', fi: 'phone, email, site, telegram … — kuten asiakkaan yhteystiedoissa.', en: 'phone, email, site, telegram … as of contact points.' } },
    { name: 'value', type: 'text', required: true, searchable: true, maxLength: 300, label: { ru: 'Значение', uk: 'Значення', fi: 'Arvo', en: 'Value' } },
    { name: 'key', type: 'text', readOnly: true, technical: true, derivedFrom: ['value'], searchable: true, filterable: true, maxLength: 300, label: { ru: 'Нормализованное значение', uk: 'Нормалізоване значення', fi: 'Normalisoitu arvo', en: 'Normalised value' } },
    { name: 'country', type: 'text', readOnly: true, derivedFrom: ['kind', 'value'], filterable: true, maxLength: 2, label: { ru: 'Страна номера', uk: 'Країна номера', fi: 'Numeron maa', en: 'Country of the number' }, help: { ru: 'Код страны: RU, UA, FI, KZ.', uk: 'Код країни: UA, FI, PL.', fi: 'Maakoodi: FI, SE, EE.', en: 'Code of the country: FI, SE, EE.' } },
  ],
}

/** Whatever else was filled in. */
const intakeValue: ObjectDefinition = {
  name: 'intakeValue', plural: 'intakeValues', title: 'name', partOf: { object: 'intakeItem', field: 'item', list: 'values' },
  label: { ru: 'Другое поле', uk: 'Інше поле', fi: 'Muu kenttä', en: 'Other field' },
  labelPlural: { ru: 'Другие поля', uk: 'Інші поля', fi: 'Muut kentät', en: 'Other fields' },
  fields: [
    item,
    { name: 'name', type: 'text', required: true, maxLength: 120, filterable: true, label: { ru: 'Поле', uk: 'Поле', fi: 'Kenttä', en: 'Field' } },
    { name: 'value', type: 'longText', searchable: true, filterable: true, maxLength: 5_000, label: { ru: 'Значение', uk: 'Значення', fi: 'Arvo', en: 'Value' } },
  ],
}

/** Who may take the item from the common queue. */
const intakeOffer: ObjectDefinition = {
  name: 'intakeOffer', plural: 'intakeOffers', title: 'user', partOf: { object: 'intakeItem', field: 'item', list: 'offers' },
  label: { ru: 'Кому предложена', uk: 'Кому запропонована', fi: 'Kenelle tarjottu', en: 'Offered to' },
  labelPlural: { ru: 'Кому предложена', uk: 'Кому запропонована', fi: 'Kenelle tarjottu', en: 'Offered to' },
  fields: [item, { name: 'user', type: 'user', required: true, label: { ru: 'Кто', uk: 'Хто', fi: 'Kuka', en: 'Who' } }],
}

export const intakeObjects: ObjectDefinition[] = [intakeItem, intakePoint, intakeValue, intakeOffer]
