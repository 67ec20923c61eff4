import type { ComputedRecord, ObjectDefinition } from '@kartotek/sdk'
import { SERVICE } from '../outgoing/consent.ts'

/** One message. What came in and what was sent is never changed by people: an edit of its writer keeps what stood there before. */
export const messageObject: ObjectDefinition = {
  name: 'message', plural: 'messages', icon: 'message-circle', title: 'heading', quiet: true, accessFrom: ['conversation'],
  label: { ru: 'Сообщение', uk: 'Повідомлення', fi: 'Viesti', en: 'Message' },
  labelPlural: { ru: 'Сообщения', uk: 'Повідомлення', fi: 'Viestit', en: 'Messages' },
  fields: [
    { name: 'heading', type: 'text', readOnly: true, identifying: true, derivedFrom: ['text'], label: { ru: 'Сообщение', uk: 'Повідомлення', fi: 'Viesti', en: 'Message' } },
    { name: 'conversation', type: 'record', among: ['conversation'], required: true, sortedBy: 'at', label: { ru: 'Переписка', uk: 'Листування', fi: 'Keskustelu', en: 'Conversation' } },
    {
      name: 'direction', type: 'select', required: true, default: 'out', filterable: true, label: { ru: 'Направление', uk: 'Напрямок', fi: 'Suunta', en: 'Direction' },
      options: [
        { key: 'in', color: 'green', label: { ru: 'Входящее', uk: 'Вхідне', fi: 'Saapuva', en: 'Incoming' } },
        { key: 'out', color: 'sky', label: { ru: 'Исходящее', uk: 'Вихідне', fi: 'Lähtevä', en: 'Outgoing' } },
      ],
    },
    {
      name: 'state', type: 'select', required: true, default: 'queued', filterable: true, label: { ru: 'Состояние', uk: 'Стан', fi: 'Tila', en: 'State' },
      options: [
        { key: 'received', color: 'green', label: { ru: 'Получено', uk: 'Отримано', fi: 'Saapunut', en: 'Received' } },
        { key: 'queued', color: 'slate', label: { ru: 'В очереди', uk: 'У черзі', fi: 'Jonossa', en: 'Queued' } },
        { key: 'sending', color: 'amber', label: { ru: 'Отправляется', uk: 'Надсилається', fi: 'Lähetetään', en: 'Being sent' } },
        { key: 'sent', color: 'sky', label: { ru: 'Отправлено', uk: 'Надіслано', fi: 'Lähetetty', en: 'Sent' } },
        { key: 'delivered', color: 'teal', label: { ru: 'Доставлено', uk: 'Доставлено', fi: 'Toimitettu', en: 'Delivered' } },
        { key: 'read', color: 'green', label: { ru: 'Прочитано', uk: 'Прочитано', fi: 'Luettu', en: 'Read' } },
        { key: 'failed', color: 'red', label: { ru: 'Не отправлено', uk: 'Не надіслано', fi: 'Ei lähetetty', en: 'Not sent' } },
      ],
    },
    { name: 'text', type: 'longText', searchable: true, maxLength: 50_000, label: { ru: 'Текст', uk: 'Текст', fi: 'Teksti', en: 'Text' } },
    { name: 'at', type: 'dateTime', required: true, filterable: true, label: { ru: 'Когда', uk: 'Коли', fi: 'Milloin', en: 'At' } },
    { name: 'author', type: 'user', readOnly: true, label: { ru: 'Кто написал', uk: 'Хто написав', fi: 'Kirjoittaja', en: 'Written by' } },
    { name: 'editedAt', type: 'dateTime', label: { ru: 'Изменено', uk: 'Змінено', fi: 'Muokattu', en: 'Edited at' } },
    { name: 'deletedAt', type: 'dateTime', label: { ru: 'Удалено у отправителя', uk: 'Видалено у відправника', fi: 'Lähettäjä poisti', en: 'Deleted by the sender' } },
    {
      name: 'failure', type: 'select', filterable: true, label: { ru: 'Почему не отправлено', uk: 'Чому не надіслано', fi: 'Miksi ei lähetetty', en: 'Why it was not sent' },
      options: [
        { key: 'temporary', color: 'amber', label: { ru: 'Канал долго не отвечал', uk: 'Канал довго не відповідав', fi: 'Kanava ei vastannut', en: 'The channel did not answer for long' } },
        { key: 'closed', color: 'slate', label: { ru: 'Время свободного ответа вышло, нужен шаблон', uk: 'Час вільної відповіді минув, потрібен шаблон', fi: 'Vapaa vastausaika päättyi, käytä mallipohjaa', en: 'Time for free replies is over: use a template' } },
        { key: 'blocked', color: 'red', label: { ru: 'Человек не хочет сообщений', uk: 'Людина не хоче повідомлень', fi: 'Henkilö ei halua viestejä', en: 'The person does not want messages' } },
        { key: 'unknown', color: 'slate', label: { ru: 'Такого получателя нет', uk: 'Такого отримувача немає', fi: 'Vastaanottajaa ei ole', en: 'There is no such recipient' } },
        { key: 'refused', color: 'red', label: { ru: 'Канал не принял сообщение', uk: 'Канал не прийняв повідомлення', fi: 'Kanava ei hyväksynyt viestiä', en: 'The channel refused the message' } },
        { key: 'credentials', color: 'red', label: { ru: 'Доступ к каналу не работает', uk: 'Доступ до каналу не працює', fi: 'Kanavan tunnukset eivät toimi', en: 'Access to the channel does not work' } },
        { key: 'doNotContact', color: 'red', label: { ru: 'Просил не беспокоить', uk: 'Просив не турбувати', fi: 'Ei yhteydenottoja', en: 'Asked not to be contacted' } },
        { key: 'noConsent', color: 'red', label: { ru: 'Нет согласия на сообщения с этой целью', uk: 'Немає згоди на повідомлення з цією метою', fi: 'Ei suostumusta tähän käyttötarkoitukseen', en: 'No consent to messages for this purpose' } },
        { key: 'withdrawn', color: 'red', label: { ru: 'Согласие отозвано', uk: 'Згоду відкликано', fi: 'Suostumus on peruutettu', en: 'The consent was withdrawn' } },
        { key: 'interrupted', color: 'amber', label: { ru: 'Отправка прервана: возможно, дошло', uk: 'Надсилання перервано: можливо, дійшло', fi: 'Lähetys keskeytyi: saattoi mennä perille', en: 'Interrupted while it was sent: it may have arrived' } },
        { key: 'removed', color: 'slate', label: { ru: 'Канал отключён', uk: 'Канал вимкнено', fi: 'Kanava on poistettu käytöstä', en: 'The channel is switched off' } },
      ],
    },
    { name: 'failureText', type: 'text', maxLength: 1_000, label: { ru: 'Ответ канала', uk: 'Відповідь каналу', fi: 'Kanavan vastaus', en: 'Answer of the channel' } },
    { name: 'media', type: 'longText', technical: true, maxLength: 50_000, label: { ru: 'Вложения', uk: 'Вкладення', fi: 'Liitteet', en: 'Media' }, help: { ru: 'JSON: вид, название, файл.', uk: 'JSON: вид, назва, файл.', fi: 'JSON: laji, nimi, tiedosto.', en: 'JSON: kind, name, file.' } },
    { name: 'purpose', type: 'text', default: SERVICE, filterable: true, maxLength: 40, label: { ru: 'Цель', uk: 'Мета', fi: 'Käyttötarkoitus', en: 'Purpose' }, help: { ru: 'Для чего отправлено: service, marketing или другая цель компании.', uk: 'Для чого надіслано: service, marketing або інша мета компанії.', fi: 'Mihin lähetettiin: service, marketing tai muu yrityksen käyttötarkoitus.', en: 'What it was sent for: service, marketing, or another purpose of the company.' } },
    { name: 'template', type: 'longText', technical: true, maxLength: 10_000, label: { ru: 'Шаблон', uk: 'Шаблон', fi: 'Mallipohja', en: 'Template' } },
    { name: 'edits', type: 'longText', technical: true, maxLength: 200_000, derivedFrom: ['text'], label: { ru: 'Прежние тексты', uk: 'Попередні тексти', fi: 'Aiemmat tekstit', en: 'Former texts' } },
    { name: 'externalId', type: 'text', technical: true, filterable: true, maxLength: 300, label: { ru: 'Номер в канале', uk: 'Номер у каналі', fi: 'Tunnus kanavassa', en: 'Id in the channel' } },
    { name: 'sequence', type: 'integer', technical: true, label: { ru: 'Порядок в канале', uk: 'Порядок у каналі', fi: 'Järjestys kanavassa', en: 'Order in the channel' } },
    { name: 'key', type: 'text', required: true, technical: true, unique: true, identifying: true, exported: false, maxLength: 700, derivedFrom: ['externalId'], label: { ru: 'Ключ', uk: 'Ключ', fi: 'Avain', en: 'Key' } },
    { name: 'attempts', type: 'integer', technical: true, default: 0, label: { ru: 'Попытки', uk: 'Спроби', fi: 'Yritykset', en: 'Attempts' } },
  ],
}

/** What names a message in lists, and who of us wrote it. */
export function computeMessages(messages: ComputedRecord[]): void {
  for (const { values, isNew, changed, by } of messages) {
    if (isNew && values.direction === 'out') values.author = by
    if (isNew || changed.has('text')) values.heading = [...String(values.text ?? '').trim().split('\n')[0]!].slice(0, 120).join('') || null
  }
}
