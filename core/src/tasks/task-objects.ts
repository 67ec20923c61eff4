import type { FieldDefinition, ObjectDefinition, ShownByValue } from '@kartotek/sdk'
import { repeatFields } from './repeat-fields.ts'

const task: FieldDefinition = { name: 'task', type: 'reference', to: 'task', required: true, label: { ru: 'Задача', uk: 'Завдання', fi: 'Tehtävä', en: 'Task' } }

const forMeetings: ShownByValue = { field: 'kind', in: ['meeting'] }

/** Four weeks: whoever wants to be reminded earlier gives the moment. */
export const MOST_MINUTES_BEFORE = 40_320

/**
 * Something to be done by its owner. Besides him it is seen by those who see the record that it is about, by its watchers
 * and by who takes part.
 */
const taskObject: ObjectDefinition = {
  name: 'task', plural: 'tasks', icon: 'square-check-big', title: 'title', owned: true, accessFrom: ['subject', 'watchers.user', 'participants.user'],
  label: { ru: 'Задача', uk: 'Завдання', fi: 'Tehtävä', en: 'Task' },
  labelPlural: { ru: 'Задачи', uk: 'Завдання', fi: 'Tehtävät', en: 'Tasks' },
  help: {
    ru: 'Что нужно сделать, кому и к какому сроку: задачи, звонки и встречи.', uk: 'Що потрібно зробити, кому і до якого строку: завдання, дзвінки та зустрічі.',
    fi: 'Mitä pitää tehdä, kenen ja mihin mennessä: tehtävät, puhelut ja tapaamiset.', en: 'What is to be done, by whom and by when: tasks, calls and meetings.',
  },
  fields: [
    { name: 'title', type: 'text', required: true, searchable: true, filterable: true, label: { ru: 'Что сделать', uk: 'Що зробити', fi: 'Mitä tehdään', en: 'What to do' } },
    {
      name: 'kind', type: 'select', required: true, default: 'task', filterable: true, label: { ru: 'Вид', uk: 'Вид', fi: 'Laji', en: 'Kind' },
      options: [
        { key: 'task', color: 'slate', label: { ru: 'Задача', uk: 'Завдання', fi: 'Tehtävä', en: 'Task' } },
        { key: 'call', color: 'green', label: { ru: 'Звонок', uk: 'Дзвінок', fi: 'Puhelu', en: 'Call' } },
        { key: 'meeting', color: 'violet', label: { ru: 'Встреча', uk: 'Зустріч', fi: 'Tapaaminen', en: 'Meeting' } },
      ],
    },
    { name: 'subject', type: 'record', label: { ru: 'О чём', uk: 'Про що', fi: 'Kohde', en: 'About' }, help: { ru: 'Клиент, заказ или другая запись, к которой относится задача.', uk: 'Клієнт, замовлення чи інший запис, якого стосується завдання.', fi: 'Asiakas, tilaus tai muu tietue, jota tehtävä koskee.', en: 'The client, order or other record that the task is about.' } },
    { name: 'due', type: 'dateTime', filterable: true, label: { ru: 'Срок', uk: 'Строк', fi: 'Määräaika', en: 'Due' }, help: { ru: 'Для звонка и встречи — время начала.', uk: 'Для дзвінка й зустрічі — час початку.', fi: 'Puhelulla ja tapaamisella alkamisaika.', en: 'Of a call or a meeting: when it begins.' } },
    { name: 'allDay', type: 'boolean', default: false, label: { ru: 'Весь день', uk: 'Увесь день', fi: 'Koko päivä', en: 'All day' }, help: { ru: 'Важен только день: срок истекает в его конце.', uk: 'Важливий лише день: строк спливає наприкінці.', fi: 'Vain päivällä on väliä: määräaika päättyy sen lopussa.', en: 'Only the day counts: the task is due at its end.' } },
    { name: 'minutes', type: 'integer', min: 1, max: 43_200, label: { ru: 'Длительность, мин', uk: 'Тривалість, хв', fi: 'Kesto, min', en: 'Duration, min' } },
    {
      name: 'priority', type: 'select', required: true, default: 'normal', filterable: true, label: { ru: 'Важность', uk: 'Важливість', fi: 'Tärkeys', en: 'Priority' },
      options: [
        { key: 'low', color: 'slate', label: { ru: 'Низкая', uk: 'Низька', fi: 'Matala', en: 'Low' } },
        { key: 'normal', color: 'blue', label: { ru: 'Обычная', uk: 'Звичайна', fi: 'Tavallinen', en: 'Normal' } },
        { key: 'high', color: 'red', label: { ru: 'Высокая', uk: 'Висока', fi: 'Korkea', en: 'High' } },
      ],
    },
    { name: 'place', type: 'text', maxLength: 300, searchable: true, shownWhen: forMeetings, label: { ru: 'Место', uk: 'Місце', fi: 'Paikka', en: 'Place' } },
    { name: 'text', type: 'longText', searchable: true, label: { ru: 'Описание', uk: 'Опис', fi: 'Kuvaus', en: 'Description' } },
    {
      name: 'state', type: 'select', required: true, default: 'open', filterable: true, section: 'outcome', label: { ru: 'Состояние', uk: 'Стан', fi: 'Tila', en: 'State' },
      options: [
        { key: 'open', color: 'amber', label: { ru: 'Открыта', uk: 'Відкрите', fi: 'Avoin', en: 'Open' } },
        { key: 'done', color: 'green', label: { ru: 'Выполнена', uk: 'Виконане', fi: 'Tehty', en: 'Done' } },
      ],
    },
    { name: 'result', type: 'longText', searchable: true, section: 'outcome', label: { ru: 'Результат', uk: 'Результат', fi: 'Tulos', en: 'Result' } },
    { name: 'doneAt', type: 'dateTime', readOnly: true, filterable: true, section: 'outcome', label: { ru: 'Когда выполнена', uk: 'Коли виконане', fi: 'Tehty', en: 'Done at' } },
    { name: 'doneBy', type: 'user', readOnly: true, section: 'outcome', label: { ru: 'Кто выполнил', uk: 'Хто виконав', fi: 'Tekijä', en: 'Done by' } },
    ...repeatFields,
  ],
}

const watcher: ObjectDefinition = {
  name: 'taskWatcher', plural: 'taskWatchers', title: 'user', partOf: { object: 'task', field: 'task', list: 'watchers' },
  label: { ru: 'Наблюдатель', uk: 'Спостерігач', fi: 'Seuraaja', en: 'Watcher' },
  labelPlural: { ru: 'Наблюдатели', uk: 'Спостерігачі', fi: 'Seuraajat', en: 'Watchers' },
  fields: [task, { name: 'user', type: 'user', required: true, label: { ru: 'Кто', uk: 'Хто', fi: 'Kuka', en: 'Who' } }],
}

const participant: ObjectDefinition = {
  name: 'taskParticipant', plural: 'taskParticipants', title: 'user', partOf: { object: 'task', field: 'task', list: 'participants', shownWhen: forMeetings },
  label: { ru: 'Участник', uk: 'Учасник', fi: 'Osallistuja', en: 'Participant' },
  labelPlural: { ru: 'Участники', uk: 'Учасники', fi: 'Osallistujat', en: 'Participants' },
  fields: [
    task,
    { name: 'user', type: 'user', label: { ru: 'Сотрудник', uk: 'Співробітник', fi: 'Oma väki', en: 'Colleague' } },
    { name: 'contact', type: 'reference', to: 'contact', label: { ru: 'Контактное лицо', uk: 'Контактна особа', fi: 'Yhteyshenkilö', en: 'Contact' } },
  ],
}

const checklist: ObjectDefinition = {
  name: 'taskStep', plural: 'taskSteps', title: 'text', partOf: { object: 'task', field: 'task', list: 'checklist' },
  label: { ru: 'Пункт списка', uk: 'Пункт списку', fi: 'Muistilistan kohta', en: 'Checklist item' },
  labelPlural: { ru: 'Список дел', uk: 'Список справ', fi: 'Muistilista', en: 'Checklist' },
  fields: [
    task,
    { name: 'text', type: 'text', required: true, maxLength: 500, label: { ru: 'Что', uk: 'Що', fi: 'Mitä', en: 'What' } },
    { name: 'done', type: 'boolean', default: false, label: { ru: 'Готово', uk: 'Готово', fi: 'Valmis', en: 'Done' } },
  ],
}

const reminder: ObjectDefinition = {
  name: 'taskReminder', plural: 'taskReminders', title: 'at', partOf: { object: 'task', field: 'task', list: 'reminders' },
  label: { ru: 'Напоминание', uk: 'Нагадування', fi: 'Muistutus', en: 'Reminder' },
  labelPlural: { ru: 'Напоминания', uk: 'Нагадування', fi: 'Muistutukset', en: 'Reminders' },
  fields: [
    task,
    { name: 'minutesBefore', type: 'integer', min: 0, max: MOST_MINUTES_BEFORE, label: { ru: 'За сколько минут до срока', uk: 'За скільки хвилин до строку', fi: 'Minuutteja ennen määräaikaa', en: 'Minutes before due' } },
    { name: 'at', type: 'dateTime', filterable: true, label: { ru: 'Или в какое время', uk: 'Або о котрій годині', fi: 'Tai milloin', en: 'Or at' } },
    // The moment of which it reminded: a task that is put off reminds anew.
    { name: 'remindedFor', type: 'dateTime', readOnly: true, technical: true, exported: false, label: { ru: 'Напомнено', uk: 'Нагадано', fi: 'Muistutettu', en: 'Reminded' } },
  ],
}

export const taskObjects: ObjectDefinition[] = [taskObject, watcher, participant, checklist, reminder]
