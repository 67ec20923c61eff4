import type { ObjectDefinition } from '@kartotek/sdk'

/** What is exchanged with one person by one channel. Who sees its client or its request sees it. */
export const conversationObject: ObjectDefinition = {
  name: 'conversation', plural: 'conversations', icon: 'messages-square', title: 'name', owned: true, accessFrom: ['client', 'contact', 'request'],
  label: { ru: 'Переписка', uk: 'Листування', fi: 'Keskustelu', en: 'Conversation' },
  labelPlural: { ru: 'Переписки', uk: 'Листування', fi: 'Keskustelut', en: 'Conversations' },
  help: {
    ru: 'Сообщения одного человека в одном мессенджере или чате.', uk: 'Повідомлення однієї людини в одному месенджері чи чаті.',
    fi: 'Yhden henkilön viestit yhdessä pikaviestimessä tai chatissa.', en: 'The messages of one person in one messenger or chat.',
  },
  fields: [
    { name: 'name', type: 'text', searchable: true, label: { ru: 'Кто', uk: 'Хто', fi: 'Kuka', en: 'Who' } },
    { name: 'channel', type: 'text', required: true, filterable: true, maxLength: 60, label: { ru: 'Канал', uk: 'Канал', fi: 'Kanava', en: 'Channel' }, help: { ru: 'telegram, whatsapp, vk, facebook, viber, chat или канал другого плагина.', uk: 'telegram, whatsapp, vk, facebook, viber, chat або канал іншого плагіна.', fi: 'telegram, whatsapp, vk, facebook, viber, chat tai muun lisäosan kanava.', en: 'telegram, whatsapp, vk, facebook, viber, chat, or one of another plugin.' } },
    {
      name: 'state', type: 'select', required: true, default: 'open', filterable: true, label: { ru: 'Состояние', uk: 'Стан', fi: 'Tila', en: 'State' },
      options: [
        { key: 'open', color: 'green', label: { ru: 'Открыта', uk: 'Відкрита', fi: 'Avoin', en: 'Open' } },
        { key: 'closed', color: 'slate', label: { ru: 'Закрыта', uk: 'Закрита', fi: 'Suljettu', en: 'Closed' } },
      ],
    },
    { name: 'client', type: 'reference', to: 'client', reverse: 'conversations', label: { ru: 'Клиент', uk: 'Клієнт', fi: 'Asiakas', en: 'Client' } },
    { name: 'contact', type: 'reference', to: 'contact', reverse: 'conversations', label: { ru: 'Контактное лицо', uk: 'Контактна особа', fi: 'Yhteyshenkilö', en: 'Contact' } },
    { name: 'request', type: 'reference', to: 'intakeItem', reverse: 'conversations', label: { ru: 'Заявка', uk: 'Заявка', fi: 'Yhteydenotto', en: 'Request' } },
    { name: 'unread', type: 'integer', quiet: true, default: 0, min: 0, filterable: true, label: { ru: 'Не прочитано', uk: 'Не прочитано', fi: 'Lukematta', en: 'Unread' } },
    { name: 'lastText', type: 'text', quiet: true, maxLength: 255, derivedFrom: ['message.text', 'message.media'], label: { ru: 'Последнее сообщение', uk: 'Останнє повідомлення', fi: 'Viimeisin viesti', en: 'Last message' } },
    { name: 'lastAt', type: 'dateTime', quiet: true, filterable: true, label: { ru: 'Когда', uk: 'Коли', fi: 'Milloin', en: 'Last at' } },
    {
      name: 'lastDirection', type: 'select', quiet: true, filterable: true, label: { ru: 'Кто написал последним', uk: 'Хто написав останнім', fi: 'Kuka kirjoitti viimeksi', en: 'Who wrote last' },
      options: [
        { key: 'in', color: 'green', label: { ru: 'Клиент', uk: 'Клієнт', fi: 'Asiakas', en: 'They' } },
        { key: 'out', color: 'sky', label: { ru: 'Мы', uk: 'Ми', fi: 'Me', en: 'We' } },
      ],
    },
    { name: 'username', type: 'text', searchable: true, identifying: true, label: { ru: 'Имя в мессенджере', uk: 'Ім’я в месенджері', fi: 'Nimimerkki', en: 'Handle' } },
    { name: 'phone', type: 'text', maxLength: 60, searchable: true, identifying: true, derivedFrom: ['contactPoint.value'], label: { ru: 'Телефон', uk: 'Телефон', fi: 'Puhelin', en: 'Phone' } },
    { name: 'blocked', type: 'boolean', default: false, filterable: true, label: { ru: 'Заблокировал нас', uk: 'Заблокував нас', fi: 'Estänyt meidät', en: 'Blocked us' } },
    { name: 'replyUntil', type: 'dateTime', quiet: true, label: { ru: 'Свободный ответ до', uk: 'Вільна відповідь до', fi: 'Vapaa vastausaika päättyy', en: 'Free reply until' }, help: { ru: 'После этого площадка пропускает только шаблоны.', uk: 'Після цього майданчик пропускає лише шаблони.', fi: 'Sen jälkeen alusta päästää läpi vain mallipohjat.', en: 'After that the platform lets only templates through.' } },
    { name: 'marks', type: 'longText', technical: true, exported: false, label: { ru: 'Метки', uk: 'Мітки', fi: 'Merkinnät', en: 'Marks' } },
    // In WhatsApp this is the telephone number.
    { name: 'externalId', type: 'text', required: true, technical: true, identifying: true, maxLength: 200, derivedFrom: ['phone'], label: { ru: 'Номер в канале', uk: 'Номер у каналі', fi: 'Tunnus kanavassa', en: 'Id in the channel' } },
    { name: 'key', type: 'text', required: true, technical: true, unique: true, identifying: true, exported: false, maxLength: 300, derivedFrom: ['channel', 'externalId'], label: { ru: 'Ключ', uk: 'Ключ', fi: 'Avain', en: 'Key' } },
    { name: 'readAt', type: 'dateTime', technical: true, exported: false, label: { ru: 'Прочитано', uk: 'Прочитано', fi: 'Luettu', en: 'Read at' } },
  ],
}
