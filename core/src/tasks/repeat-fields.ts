import type { FieldDefinition, ShownWhen } from '@kartotek/sdk'

const DAYS: [string, FieldDefinition['label']][] = [
  ['mon', { ru: 'Понедельник', uk: 'Понеділок', fi: 'Maanantai', en: 'Monday' }], ['tue', { ru: 'Вторник', uk: 'Вівторок', fi: 'Tiistai', en: 'Tuesday' }],
  ['wed', { ru: 'Среда', uk: 'Середа', fi: 'Keskiviikko', en: 'Wednesday' }], ['thu', { ru: 'Четверг', uk: 'Четвер', fi: 'Torstai', en: 'Thursday' }],
  ['fri', { ru: 'Пятница', uk: 'П’ятниця', fi: 'Perjantai', en: 'Friday' }], ['sat', { ru: 'Суббота', uk: 'Субота', fi: 'Lauantai', en: 'Saturday' }],
  ['sun', { ru: 'Воскресенье', uk: 'Неділя', fi: 'Sunnuntai', en: 'Sunday' }],
]
/** Keys of the days of a week, from Monday. */
export const WEEKDAYS = DAYS.map(([key]) => key)

const repeated: ShownWhen = { field: 'repeat', in: ['daily', 'weekly', 'monthly', 'yearly'] }

/** How a task comes again. Day and hour are those of its first time; there is one open task of a series at a time. */
export const repeatFields: FieldDefinition[] = ([
  {
    name: 'repeat', type: 'select', label: { ru: 'Повторять', uk: 'Повторювати', fi: 'Toistuu', en: 'Repeats' },
    options: [
      { key: 'daily', label: { ru: 'По дням', uk: 'За днями', fi: 'Päivittäin', en: 'By day' } },
      { key: 'weekly', label: { ru: 'По неделям', uk: 'За тижнями', fi: 'Viikoittain', en: 'By week' } },
      { key: 'monthly', label: { ru: 'По месяцам', uk: 'За місяцями', fi: 'Kuukausittain', en: 'By month' } },
      { key: 'yearly', label: { ru: 'По годам', uk: 'За роками', fi: 'Vuosittain', en: 'By year' } },
    ],
  },
  {
    name: 'repeatEvery', type: 'integer', shownWhen: repeated, min: 1, max: 999, label: { ru: 'Через сколько', uk: 'Через скільки', fi: 'Kuinka monen välein', en: 'Every' },
    help: { ru: '2 — через день, через неделю, раз в два месяца. Пусто — каждый раз.', uk: '2 — через день, через тиждень, раз на два місяці. Порожньо — щоразу.', fi: '2 = joka toinen päivä, viikko tai kuukausi. Tyhjä = joka kerta.', en: '2 is every other day, week or month. Empty: every one.' },
  },
  {
    name: 'repeatDays', type: 'multiSelect', shownWhen: { field: 'repeat', in: ['weekly'] }, options: DAYS.map(([key, label]) => ({ key, label })), label: { ru: 'По каким дням', uk: 'У які дні', fi: 'Viikonpäivinä', en: 'On days' },
    help: { ru: 'Для повторения по неделям. Пусто — день недели первого раза.', uk: 'Для повторення за тижнями. Порожньо — день тижня першого разу.', fi: 'Viikoittain toistuville. Tyhjä = ensimmäisen kerran viikonpäivä.', en: 'For repeating by week. Empty: the weekday of the first time.' },
  },
  {
    name: 'repeatMonthly', type: 'select', shownWhen: { field: 'repeat', in: ['monthly'] }, label: { ru: 'В какой день месяца', uk: 'У який день місяця', fi: 'Minä kuukauden päivänä', en: 'On which day of the month' },
    help: { ru: 'Для повторения по месяцам: число или день недели первого раза.', uk: 'Для повторення за місяцями: число або день тижня першого разу.', fi: 'Kuukausittain toistuville: ensimmäisen kerran päivä tai viikonpäivä.', en: 'For repeating by month: the date or the weekday of the first time.' },
    options: [
      { key: 'day', label: { ru: 'То же число', uk: 'Те саме число', fi: 'Sama päivä', en: 'The same date' } },
      { key: 'weekday', label: { ru: 'Тот же по счёту день недели', uk: 'Той самий за рахунком день тижня', fi: 'Sama järjestysnumeroinen viikonpäivä', en: 'The same weekday by number' } },
      { key: 'lastWeekday', label: { ru: 'Последний такой день недели', uk: 'Останній такий день тижня', fi: 'Viimeinen sama viikonpäivä', en: 'The last such weekday' } },
      { key: 'lastDay', label: { ru: 'Последний день месяца', uk: 'Останній день місяця', fi: 'Kuukauden viimeinen päivä', en: 'The last day of the month' } },
    ],
  },
  { name: 'repeatUntil', type: 'date', shownWhen: repeated, label: { ru: 'Повторять до', uk: 'Повторювати до', fi: 'Toistuu asti', en: 'Until' } },
  { name: 'repeatCount', type: 'integer', shownWhen: repeated, min: 1, max: 9_999, label: { ru: 'Сколько раз', uk: 'Скільки разів', fi: 'Kuinka monta kertaa', en: 'How many times' } },
  {
    name: 'repeatWhen', type: 'select', shownWhen: repeated, label: { ru: 'Следующую создавать', uk: 'Наступне створювати', fi: 'Seuraava luodaan', en: 'The next is made' },
    options: [
      { key: 'done', label: { ru: 'Когда выполнена эта', uk: 'Коли виконано це', fi: 'Kun tämä on tehty', en: 'When this one is done' } },
      { key: 'due', label: { ru: 'Когда наступит срок этой', uk: 'Коли настане строк цього', fi: 'Kun tämän määräaika tulee', en: 'When this one is due' } },
    ],
  },
  {
    name: 'repeatFrom', type: 'dateTime', shownWhen: repeated, label: { ru: 'Первый раз', uk: 'Перший раз', fi: 'Ensimmäinen kerta', en: 'First time' },
    help: { ru: 'От этого дня и часа считаются повторы; перенос одной задачи их не сдвигает.', uk: 'Від цього дня й години рахуються повтори; перенесення одного завдання їх не зсуває.', fi: 'Toistot lasketaan tästä päivästä ja kellonajasta; yhden tehtävän siirto ei muuta niitä.', en: 'Day and hour from which the times are counted; putting one task off does not move them.' },
  },
  { name: 'occurrence', type: 'integer', readOnly: true, technical: true, label: { ru: 'Который раз', uk: 'Котрий раз', fi: 'Monesko kerta', en: 'Which time' } },
  { name: 'follows', type: 'text', readOnly: true, technical: true, unique: true, maxLength: 36, label: { ru: 'После задачи', uk: 'Після завдання', fi: 'Edellinen tehtävä', en: 'Follows' } },
] as FieldDefinition[]).map((field) => ({ ...field, section: 'repeat' }))
