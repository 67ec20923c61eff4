import type { ObjectDefinition } from '@kartotek/sdk'

/** An entry belongs to one record, of whatever object, and is seen by who sees that. */
export const timelineObjects: ObjectDefinition[] = [{
  name: 'timelineEntry', plural: 'timelineEntries', icon: 'history', title: 'heading', owned: true, accessFrom: ['subject'],
  label: { ru: 'Запись в ленте', uk: 'Запис у стрічці', fi: 'Aikajanan merkintä', en: 'Timeline entry' },
  labelPlural: { ru: 'Лента событий', uk: 'Стрічка подій', fi: 'Aikajana', en: 'Timeline entries' },
  help: {
    ru: 'Звонки, письма, сообщения, встречи, заметки и комментарии к любой записи.', uk: 'Дзвінки, листи, повідомлення, зустрічі, нотатки й коментарі до будь-якого запису.',
    fi: 'Minkä tahansa tietueen puhelut, sähköpostit, viestit, tapaamiset, muistiinpanot ja kommentit.', en: 'Calls, letters, messages, meetings, notes and comments on any record.',
  },
  fields: [
    { name: 'subject', type: 'record', required: true, sortedBy: 'happenedAt', label: { ru: 'О чём', uk: 'Про що', fi: 'Kohde', en: 'About' }, help: { ru: 'Запись, с которой это произошло.', uk: 'Запис, з яким це сталося.', fi: 'Tietue, jolle tämä tapahtui.', en: 'The record that it happened to.' } },
    { name: 'kind', type: 'text', required: true, default: 'note', filterable: true, maxLength: 60, label: { ru: 'Вид', uk: 'Вид', fi: 'Laji', en: 'Kind' }, help: { ru: 'Один из видов ленты: note, comment, call, letter, message, meeting…', uk: 'Один із видів стрічки: note, comment, call, letter, message, meeting…', fi: 'Jokin aikajanan lajeista: note, comment, call, letter, message, meeting…', en: 'One of the kinds of timelines: note, comment, call, letter, message, meeting …' } },
    { name: 'happenedAt', type: 'dateTime', filterable: true, label: { ru: 'Когда', uk: 'Коли', fi: 'Milloin', en: 'When' } },
    { name: 'heading', type: 'text', searchable: true, label: { ru: 'Тема', uk: 'Тема', fi: 'Aihe', en: 'Subject' } },
    { name: 'text', type: 'longText', searchable: true, maxLength: 100_000, label: { ru: 'Текст', uk: 'Текст', fi: 'Teksti', en: 'Text' } },
    {
      name: 'direction', type: 'select', label: { ru: 'Направление', uk: 'Напрямок', fi: 'Suunta', en: 'Direction' },
      options: [
        { key: 'in', label: { ru: 'Входящее', uk: 'Вхідне', fi: 'Saapuva', en: 'Incoming' }, color: 'green' },
        { key: 'out', label: { ru: 'Исходящее', uk: 'Вихідне', fi: 'Lähtevä', en: 'Outgoing' }, color: 'sky' },
        { key: 'internal', label: { ru: 'Внутреннее', uk: 'Внутрішнє', fi: 'Sisäinen', en: 'Internal' }, color: 'slate' },
      ],
    },
    { name: 'seconds', type: 'integer', min: 0, max: 864_000, label: { ru: 'Длительность, с', uk: 'Тривалість, с', fi: 'Kesto, s', en: 'Duration, s' } },
    { name: 'pinnedAt', type: 'dateTime', label: { ru: 'Закреплено', uk: 'Закріплено', fi: 'Kiinnitetty', en: 'Pinned' } },
  ],
}, {
  name: 'timelineMention', plural: 'timelineMentions', icon: 'at-sign', title: 'user', partOf: { object: 'timelineEntry', field: 'entry', list: 'mentions' },
  label: { ru: 'Упоминание', uk: 'Згадка', fi: 'Maininta', en: 'Mention' },
  labelPlural: { ru: 'Упоминания', uk: 'Згадки', fi: 'Maininnat', en: 'Mentions' },
  fields: [
    { name: 'entry', type: 'reference', to: 'timelineEntry', required: true, label: { ru: 'Запись в ленте', uk: 'Запис у стрічці', fi: 'Merkintä', en: 'Entry' } },
    { name: 'user', type: 'user', required: true, label: { ru: 'Кто', uk: 'Хто', fi: 'Kuka', en: 'Who' } },
  ],
}]
