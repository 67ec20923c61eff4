import { definePlugin, LOCALES } from '@kartotek/sdk'

const LANGUAGES = { ru: 'Русский', uk: 'Українська', fi: 'Suomi', en: 'English' }

/** Users and teams as records: cards, lists, history and references like those of all objects. */
export const peopleFeature = definePlugin({
  id: 'people',
  version: '1.0.0',
  objects: [{
    name: 'user', plural: 'users', icon: 'user', title: 'name',
    label: { ru: 'Сотрудник', uk: 'Співробітник', fi: 'Käyttäjä', en: 'User' },
    labelPlural: { ru: 'Сотрудники', uk: 'Співробітники', fi: 'Käyttäjät', en: 'Users' },
    help: { ru: 'Люди, которые работают в системе.', uk: 'Люди, які працюють у системі.', fi: 'Järjestelmää käyttävät ihmiset.', en: 'The people who work here.' },
    fields: [
      { name: 'name', type: 'text', required: true, searchable: true, filterable: true, label: { ru: 'Имя', uk: 'Ім’я', fi: 'Nimi', en: 'Name' } },
      { name: 'email', type: 'email', unique: true, searchable: true, filterable: true, label: { ru: 'Эл. почта', uk: 'Ел. пошта', fi: 'Sähköposti', en: 'E-mail' } },
      { name: 'phone', type: 'phone', searchable: true, label: { ru: 'Телефон', uk: 'Телефон', fi: 'Puhelin', en: 'Phone' } },
      { name: 'jobTitle', type: 'text', label: { ru: 'Должность', uk: 'Посада', fi: 'Tehtävänimike', en: 'Job title' } },
      { name: 'locale', type: 'select', label: { ru: 'Язык', uk: 'Мова', fi: 'Kieli', en: 'Language' }, options: LOCALES.map((key) => ({ key, label: { en: LANGUAGES[key] } })) },
      {
        name: 'active', type: 'boolean', default: true, filterable: true, readOnly: true,
        label: { ru: 'Работает', uk: 'Працює', fi: 'Aktiivinen', en: 'Active' },
        help: { ru: 'Выключенный сотрудник не может войти; его записи остаются.', uk: 'Вимкнений співробітник не може увійти; його записи залишаються.', fi: 'Ei-aktiivinen käyttäjä ei voi kirjautua; hänen tietonsa säilyvät.', en: 'A user who is switched off cannot sign in; his records stay.' },
      },
    ],
  }, {
    name: 'team', plural: 'teams', icon: 'users', title: 'name',
    label: { ru: 'Отдел', uk: 'Відділ', fi: 'Tiimi', en: 'Team' },
    labelPlural: { ru: 'Отделы', uk: 'Відділи', fi: 'Tiimit', en: 'Teams' },
    fields: [
      { name: 'name', type: 'text', required: true, unique: true, searchable: true, filterable: true, label: { ru: 'Название', uk: 'Назва', fi: 'Nimi', en: 'Name' } },
      { name: 'note', type: 'longText', label: { ru: 'Примечание', uk: 'Примітка', fi: 'Huomautus', en: 'Note' } },
    ],
  }],
})
