import type { TimelineKind } from '@kartotek/sdk'

/** What can happen to a record, besides what plugins add. Changes and moves are told by the audit trail, not written by hand. */
export const KINDS: TimelineKind[] = [
  { key: 'note', icon: 'sticky-note', color: 'amber', label: { ru: 'Заметка', uk: 'Нотатка', fi: 'Muistiinpano', en: 'Note' } },
  { key: 'comment', icon: 'message-square', color: 'slate', label: { ru: 'Комментарий', uk: 'Коментар', fi: 'Kommentti', en: 'Comment' } },
  { key: 'call', icon: 'phone', color: 'green', label: { ru: 'Звонок', uk: 'Дзвінок', fi: 'Puhelu', en: 'Call' } },
  { key: 'letter', icon: 'mail', color: 'sky', label: { ru: 'Письмо', uk: 'Лист', fi: 'Sähköposti', en: 'E-mail' } },
  { key: 'message', icon: 'message-circle', color: 'teal', label: { ru: 'Сообщение', uk: 'Повідомлення', fi: 'Viesti', en: 'Message' } },
  { key: 'request', icon: 'inbox', color: 'orange', label: { ru: 'Заявка', uk: 'Заявка', fi: 'Yhteydenotto', en: 'Request' } },
  { key: 'meeting', icon: 'users', color: 'violet', label: { ru: 'Встреча', uk: 'Зустріч', fi: 'Tapaaminen', en: 'Meeting' } },
  { key: 'document', icon: 'file-text', color: 'indigo', label: { ru: 'Документ', uk: 'Документ', fi: 'Asiakirja', en: 'Document' } },
  { key: 'payment', icon: 'banknote', color: 'green', label: { ru: 'Оплата', uk: 'Оплата', fi: 'Maksu', en: 'Payment' } },
]

/** Kinds of these that programs bring, by the intake, a plugin or an API token: a payment that somebody typed in would look like a real one. */
export const BROUGHT: ReadonlySet<unknown> = new Set(['request', 'document', 'payment'])

/** Kinds that only the core writes down; its rooms guard that nobody passes off a line of his own for one. */
export const KEPT: TimelineKind[] = [
  { key: 'approval', icon: 'shield-check', color: 'violet', label: { ru: 'Согласование', uk: 'Погодження', fi: 'Hyväksyntä', en: 'Approval' } },
]

/** Kinds that nobody writes: they are read from what was done to the records. */
export const TOLD: TimelineKind[] = [
  { key: 'file', icon: 'paperclip', color: 'sky', label: { ru: 'Файл', uk: 'Файл', fi: 'Tiedosto', en: 'File' } },
  { key: 'stage', icon: 'milestone', color: 'blue', label: { ru: 'Смена стадии', uk: 'Зміна стадії', fi: 'Vaiheen vaihto', en: 'Stage change' } },
  { key: 'task', icon: 'square-check-big', color: 'amber', label: { ru: 'Задача', uk: 'Завдання', fi: 'Tehtävä', en: 'Task' } },
  { key: 'change', icon: 'pencil', color: 'slate', label: { ru: 'Изменение', uk: 'Зміна', fi: 'Muutos', en: 'Change' } },
]
