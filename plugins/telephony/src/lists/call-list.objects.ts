import type { ObjectDefinition } from '@kartotek/sdk'

/** A round of calls: whom to ring up, and what to say. */
export const callListObject: ObjectDefinition = {
  name: 'callList', plural: 'callLists', icon: 'list-checks', title: 'name', owned: true,
  label: { ru: 'Обзвон', uk: 'Обдзвін', fi: 'Soittolista', en: 'Calling list' },
  labelPlural: { ru: 'Обзвоны', uk: 'Обдзвони', fi: 'Soittolistat', en: 'Calling lists' },
  fields: [
    { name: 'name', type: 'text', required: true, searchable: true, filterable: true, label: { ru: 'Название', uk: 'Назва', fi: 'Nimi', en: 'Name' } },
    { name: 'script', type: 'longText', maxLength: 20_000, label: { ru: 'О чём говорить', uk: 'Про що говорити', fi: 'Mistä puhutaan', en: 'What to say' } },
    { name: 'purpose', type: 'text', maxLength: 60, label: { ru: 'Цель (для согласий)', uk: 'Мета (для згод)', fi: 'Tarkoitus (suostumuksia varten)', en: 'Purpose (for consents)' }, help: { ru: 'Кто не дал согласия на эту цель, в обзвон не попадёт.', uk: 'Хто не дав згоди на цю мету, в обдзвін не потрапить.', fi: 'Ketkä eivät ole suostuneet, eivät tule listalle.', en: 'Who has not consented to it is left out.' } },
    { name: 'attempts', type: 'integer', required: true, default: 3, min: 1, max: 20, label: { ru: 'Сколько раз звонить', uk: 'Скільки разів дзвонити', fi: 'Montako kertaa yritetään', en: 'Times to try' } },
  ],
}

/** One client of a calling list. Who may see the client may see it, and nobody else but who has it in hand. */
export const callListItemObject: ObjectDefinition = {
  name: 'callListItem', plural: 'callListItems', icon: 'phone-outgoing', title: 'heading', owned: true, quiet: true, accessFrom: ['client'],
  label: { ru: 'Клиент обзвона', uk: 'Клієнт обдзвону', fi: 'Soitettava', en: 'Client to call' },
  labelPlural: { ru: 'Клиенты обзвона', uk: 'Клієнти обдзвону', fi: 'Soitettavat', en: 'Clients to call' },
  fields: [
    { name: 'heading', type: 'text', required: true, searchable: true, identifying: true, derivedFrom: ['client.name'], label: { ru: 'Клиент', uk: 'Клієнт', fi: 'Asiakas', en: 'Client' } },
    { name: 'list', type: 'reference', to: 'callList', reverse: 'items', required: true, filterable: true, label: { ru: 'Обзвон', uk: 'Обдзвін', fi: 'Soittolista', en: 'Calling list' } },
    { name: 'client', type: 'reference', to: 'client', filterable: true, label: { ru: 'Клиент', uk: 'Клієнт', fi: 'Asiakas', en: 'Client' } },
    { name: 'number', type: 'phone', derivedFrom: ['contactPoint.value'], label: { ru: 'Телефон', uk: 'Телефон', fi: 'Puhelinnumero', en: 'Telephone' } },
    {
      name: 'state', type: 'select', required: true, default: 'waiting', filterable: true, label: { ru: 'Состояние', uk: 'Стан', fi: 'Tila', en: 'State' },
      options: [
        { key: 'waiting', color: 'slate', label: { ru: 'Ждёт звонка', uk: 'Чекає на дзвінок', fi: 'Soittamatta', en: 'Waits' } },
        { key: 'taken', color: 'amber', label: { ru: 'В работе', uk: 'У роботі', fi: 'Työn alla', en: 'In hand' } },
        { key: 'later', color: 'sky', label: { ru: 'Позвонить позже', uk: 'Подзвонити пізніше', fi: 'Soitetaan myöhemmin', en: 'Later' } },
        { key: 'done', color: 'green', label: { ru: 'Готово', uk: 'Готово', fi: 'Valmis', en: 'Done' } },
      ],
    },
    {
      name: 'result', type: 'select', filterable: true, label: { ru: 'Итог', uk: 'Підсумок', fi: 'Tulos', en: 'Result' },
      options: [
        { key: 'reached', color: 'green', label: { ru: 'Поговорили', uk: 'Поговорили', fi: 'Tavoitettiin', en: 'Reached' } },
        { key: 'callBack', color: 'sky', label: { ru: 'Просил перезвонить', uk: 'Просив передзвонити', fi: 'Pyysi soittamaan', en: 'Asked to call again' } },
        { key: 'noAnswer', color: 'amber', label: { ru: 'Не ответил', uk: 'Не відповів', fi: 'Ei vastannut', en: 'No answer' } },
        { key: 'busy', color: 'amber', label: { ru: 'Занято', uk: 'Зайнято', fi: 'Varattu', en: 'Busy' } },
        { key: 'refused', color: 'red', label: { ru: 'Отказался', uk: 'Відмовився', fi: 'Kieltäytyi', en: 'Refused' } },
        { key: 'wrongNumber', color: 'slate', label: { ru: 'Не тот номер', uk: 'Не той номер', fi: 'Väärä numero', en: 'Wrong number' } },
        { key: 'mustNot', color: 'slate', label: { ru: 'Звонить нельзя', uk: 'Дзвонити не можна', fi: 'Ei saa soittaa', en: 'Must not be called' } },
      ],
    },
    { name: 'note', type: 'longText', searchable: true, maxLength: 5_000, label: { ru: 'Заметка', uk: 'Нотатка', fi: 'Muistiinpano', en: 'Note' } },
    { name: 'callAt', type: 'dateTime', filterable: true, label: { ru: 'Когда позвонить', uk: 'Коли подзвонити', fi: 'Soitetaan', en: 'Call at' } },
    { name: 'tries', type: 'integer', required: true, default: 0, min: 0, filterable: true, label: { ru: 'Звонков', uk: 'Дзвінків', fi: 'Yrityksiä', en: 'Tries' } },
    { name: 'takenAt', type: 'dateTime', label: { ru: 'Взят в работу', uk: 'Узято в роботу', fi: 'Otettu työn alle', en: 'Taken at' } },
    // A client is in a list once.
    { name: 'listKey', type: 'text', unique: true, technical: true, exported: false, maxLength: 80, label: { ru: 'Ключ', uk: 'Ключ', fi: 'Avain', en: 'Key' } },
  ],
}
