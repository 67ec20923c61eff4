import type { FieldDefinition, ObjectDefinition } from '@kartotek/sdk'
import { contactFields } from '../privacy/channels.ts'

const note: FieldDefinition = { name: 'note', type: 'longText', label: { ru: 'Примечание', uk: 'Примітка', fi: 'Huomautus', en: 'Note' } }

export const clientObject: ObjectDefinition = {
  name: 'client', plural: 'clients', icon: 'building-2', title: 'name', owned: true,
  label: { ru: 'Клиент', uk: 'Клієнт', fi: 'Asiakas', en: 'Client' },
  labelPlural: { ru: 'Клиенты', uk: 'Клієнти', fi: 'Asiakkaat', en: 'Clients' },
  help: {
    ru: 'Организация или частное лицо, которому мы продаём или можем продавать.', uk: 'Організація або приватна особа, якій ми продаємо або можемо продавати.',
    fi: 'Organisaatio tai yksityishenkilö, jolle myymme tai voimme myydä.', en: 'An organisation or a private person we sell to or may sell to.',
  },
  fields: [
    { name: 'name', type: 'text', required: true, searchable: true, filterable: true, label: { ru: 'Название', uk: 'Назва', fi: 'Nimi', en: 'Name' } },
    {
      name: 'kind', type: 'select', required: true, default: 'organisation', filterable: true, label: { ru: 'Вид клиента', uk: 'Вид клієнта', fi: 'Asiakastyyppi', en: 'Kind' },
      options: [
        { key: 'organisation', color: 'blue', label: { ru: 'Организация', uk: 'Організація', fi: 'Organisaatio', en: 'Organisation' } },
        { key: 'person', color: 'violet', label: { ru: 'Частное лицо', uk: 'Приватна особа', fi: 'Yksityishenkilö', en: 'Private person' } },
      ],
    },
    {
      name: 'lifecycle', type: 'select', required: true, default: 'potential', filterable: true, label: { ru: 'Состояние', uk: 'Стан', fi: 'Tila', en: 'Lifecycle' },
      options: [
        { key: 'potential', color: 'amber', label: { ru: 'Потенциальный', uk: 'Потенційний', fi: 'Mahdollinen', en: 'Potential' } },
        { key: 'active', color: 'green', label: { ru: 'Действующий', uk: 'Чинний', fi: 'Aktiivinen', en: 'Active' } },
        { key: 'inactive', color: 'slate', label: { ru: 'Неактивный', uk: 'Неактивний', fi: 'Ei-aktiivinen', en: 'Inactive' } },
      ],
    },
    { name: 'code', type: 'text', section: 'relations', unique: true, searchable: true, filterable: true, maxLength: 60, label: { ru: 'Код', uk: 'Код', fi: 'Asiakasnumero', en: 'Code' } },
    { name: 'industry', type: 'text', filterable: true, label: { ru: 'Отрасль', uk: 'Галузь', fi: 'Toimiala', en: 'Industry' } },
    { name: 'source', type: 'text', filterable: true, label: { ru: 'Источник', uk: 'Джерело', fi: 'Lähde', en: 'Source' }, help: { ru: 'Откуда клиент о нас узнал.', uk: 'Звідки клієнт про нас дізнався.', fi: 'Mistä asiakas löysi meidät.', en: 'How the client found us.' } },
    { name: 'territory', type: 'text', section: 'relations', filterable: true, history: true, maxLength: 20, label: { ru: 'Номер участка', uk: 'Номер дільниці', fi: 'Aluenumero', en: 'Territory number' }, help: { ru: 'Участок, к которому относится клиент; прежние значения сохраняются с датами.', uk: 'Дільниця, до якої належить клієнт; попередні значення зберігаються з датами.', fi: 'Myyntialue; aiemmat arvot säilyvät päivämäärineen.', en: 'The territory of the client; earlier values are kept with their dates.' } },
    { name: 'enteredOn', type: 'date', section: 'relations', default: 'today', filterable: true, label: { ru: 'Дата появления', uk: 'Дата появи', fi: 'Asiakas alkaen', en: 'Date entered' } },
    {
      name: 'confirmedOn', type: 'date', section: 'relations', filterable: true, label: { ru: 'Данные проверены', uk: 'Дані перевірено', fi: 'Tiedot tarkistettu', en: 'Data checked on' },
      help: { ru: 'В этот день кто-то убедился, что в карточке всё по-прежнему верно.', uk: 'Цього дня хтось переконався, що в картці все досі правильно.', fi: 'Päivä, jolloin joku varmisti, että kortin tiedot pitävät yhä paikkansa.', en: 'On this day somebody made sure that what the card says is still right.' },
    },
    { name: 'tags', type: 'multiSelect', filterable: true, options: [], openOptions: true, label: { ru: 'Метки', uk: 'Мітки', fi: 'Tunnisteet', en: 'Tags' } },
    { name: 'legalName', type: 'text', searchable: true, section: 'legal', label: { ru: 'Полное наименование', uk: 'Повне найменування', fi: 'Virallinen nimi', en: 'Legal name' } },
    { name: 'taxId', type: 'taxId', searchable: true, filterable: true, section: 'legal', label: { ru: 'Налоговый номер', uk: 'Податковий номер', fi: 'Y-tunnus', en: 'Tax id' }, help: { ru: 'ИНН, ЄДРПОУ, Y-tunnus или номер НДС; контрольная сумма проверяется.', uk: 'ІПН, ЄДРПОУ, Y-tunnus або номер ПДВ; контрольна сума перевіряється.', fi: 'Y-tunnus, ALV-numero tai muun maan tunnus; tarkiste tarkistetaan.', en: 'Business id or VAT number; the check digit is verified.' } },
    { name: 'registrationNumber', type: 'text', section: 'legal', maxLength: 40, searchable: true, label: { ru: 'ОГРН / ОГРНИП', uk: 'Реєстраційний номер', fi: 'Rekisterinumero', en: 'Registration number' } },
    { name: 'branchCode', type: 'text', section: 'legal', maxLength: 20, label: { ru: 'КПП', uk: 'Код філії', fi: 'OVT-tunnus', en: 'Branch code' } },
    { name: 'creditLimit', type: 'money', section: 'legal', min: 0, label: { ru: 'Кредитный лимит', uk: 'Кредитний ліміт', fi: 'Luottoraja', en: 'Credit limit' } },
    { name: 'preferredTime', type: 'text', section: 'relations', label: { ru: 'Когда удобно связаться', uk: 'Коли зручно зв’язатися', fi: 'Sopiva yhteydenottoaika', en: 'Convenient time' } },
    { ...note, section: 'relations' },
    ...contactFields,
    { name: 'matchKey', type: 'text', readOnly: true, technical: true, derivedFrom: ['name'], filterable: true, exported: false, section: 'system', label: { ru: 'Ключ сравнения', uk: 'Ключ порівняння', fi: 'Vertailuavain', en: 'Match key' }, help: { ru: 'Название без правовой формы, по нему ищутся двойники.', uk: 'Назва без правової форми, за нею шукаються дублікати.', fi: 'Nimi ilman yhtiömuotoa; kaksoiskappaleet löytyvät tällä.', en: 'The name without the legal form, by which duplicates are found.' } },
  ],
}

export const contactObject: ObjectDefinition = {
  name: 'contact', plural: 'contacts', icon: 'contact', title: 'name', owned: true, accessFrom: ['clients.client'],
  label: { ru: 'Контактное лицо', uk: 'Контактна особа', fi: 'Yhteyshenkilö', en: 'Contact' },
  labelPlural: { ru: 'Контактные лица', uk: 'Контактні особи', fi: 'Yhteyshenkilöt', en: 'Contacts' },
  help: { ru: 'Человек у клиента; один человек может работать с несколькими клиентами.', uk: 'Людина у клієнта; одна людина може працювати з кількома клієнтами.', fi: 'Asiakkaan edustaja; sama henkilö voi edustaa useaa asiakasta.', en: 'A person at a client; one person may serve several clients.' },
  fields: [
    { name: 'name', type: 'text', derivedFrom: ['lastName', 'firstName', 'middleName'], searchable: true, filterable: true, label: { ru: 'Полное имя', uk: 'Повне ім’я', fi: 'Koko nimi', en: 'Full name' } , required: true },
    { name: 'lastName', type: 'text', label: { ru: 'Фамилия', uk: 'Прізвище', fi: 'Sukunimi', en: 'Last name' } },
    { name: 'firstName', type: 'text', label: { ru: 'Имя', uk: 'Ім’я', fi: 'Etunimi', en: 'First name' } },
    { name: 'middleName', type: 'text', label: { ru: 'Отчество', uk: 'По батькові', fi: 'Toinen nimi', en: 'Middle name' } },
    { name: 'jobTitle', type: 'text', searchable: true, label: { ru: 'Должность', uk: 'Посада', fi: 'Tehtävänimike', en: 'Job title' } },
    { name: 'birthday', type: 'date', filterable: true, label: { ru: 'День рождения', uk: 'День народження', fi: 'Syntymäpäivä', en: 'Birthday' } },
    { name: 'hobbies', type: 'text', label: { ru: 'Увлечения', uk: 'Захоплення', fi: 'Harrastukset', en: 'Hobbies' } },
    note,
    ...contactFields,
  ],
}

/** The link between a person and a client, with the person's role there. */
const clientContact: ObjectDefinition = {
  name: 'clientContact', plural: 'clientContacts', title: 'role',
  partOf: { object: 'contact', field: 'contact', list: 'clients' },
  label: { ru: 'Работа у клиента', uk: 'Робота у клієнта', fi: 'Rooli asiakkaalla', en: 'Role at client' },
  labelPlural: { ru: 'У каких клиентов', uk: 'У яких клієнтів', fi: 'Asiakkaat', en: 'At clients' },
  fields: [
    { name: 'contact', type: 'reference', to: 'contact', label: { ru: 'Контактное лицо', uk: 'Контактна особа', fi: 'Yhteyshenkilö', en: 'Contact' } },
    { name: 'client', type: 'reference', to: 'client', reverse: 'contacts', required: true, label: { ru: 'Клиент', uk: 'Клієнт', fi: 'Asiakas', en: 'Client' } },
    { name: 'role', type: 'text', label: { ru: 'Роль', uk: 'Роль', fi: 'Rooli', en: 'Role' } },
    { name: 'isPrimary', type: 'boolean', default: false, label: { ru: 'Основной', uk: 'Основний', fi: 'Ensisijainen', en: 'Primary' } },
  ],
}

/** A phone, e-mail, messenger handle or site: the raw text, and the key by which someone is recognised. */
const contactPoint: ObjectDefinition = {
  name: 'contactPoint', plural: 'contactPoints', title: 'value',
  partOf: [{ object: 'client', field: 'client', list: 'contactPoints' }, { object: 'contact', field: 'contact', list: 'contactPoints' }],
  label: { ru: 'Способ связи', uk: 'Спосіб зв’язку', fi: 'Yhteystieto', en: 'Contact point' },
  labelPlural: { ru: 'Способы связи', uk: 'Способи зв’язку', fi: 'Yhteystiedot', en: 'Contact points' },
  fields: [
    { name: 'client', type: 'reference', to: 'client', label: { ru: 'Клиент', uk: 'Клієнт', fi: 'Asiakas', en: 'Client' } },
    { name: 'contact', type: 'reference', to: 'contact', label: { ru: 'Контактное лицо', uk: 'Контактна особа', fi: 'Yhteyshenkilö', en: 'Contact' } },
    {
      name: 'kind', type: 'select', required: true, default: 'phone', filterable: true, label: { ru: 'Вид', uk: 'Вид', fi: 'Laji', en: 'Kind' },
      options: [
        { key: 'phone', color: 'green', label: { ru: 'Телефон', uk: 'Телефон', fi: 'Puhelin', en: 'Phone' } },
        { key: 'email', color: 'blue', label: { ru: 'Эл. почта', uk: 'Ел. пошта', fi: 'Sähköposti', en: 'E-mail' } },
        { key: 'site', color: 'slate', label: { ru: 'Сайт', uk: 'Сайт', fi: 'Verkkosivu', en: 'Site' } },
        { key: 'telegram', color: 'sky', label: { en: 'Telegram' } },
        { key: 'whatsapp', color: 'green', label: { en: 'WhatsApp' } },
        { key: 'viber', color: 'violet', label: { en: 'Viber' } },
        { key: 'vk', color: 'indigo', label: { ru: 'ВКонтакте', en: 'VK' } },
        { key: 'facebook', color: 'blue', label: { en: 'Facebook' } },
        { key: 'skype', color: 'sky', label: { en: 'Skype' } },
        { key: 'fax', color: 'slate', label: { ru: 'Факс', uk: 'Факс', fi: 'Faksi', en: 'Fax' } },
        { key: 'other', color: 'slate', label: { ru: 'Другое', uk: 'Інше', fi: 'Muu', en: 'Other' } },
      ],
    },
    { name: 'value', type: 'text', normalForm: 'key', required: true, searchable: true, maxLength: 300, label: { ru: 'Значение', uk: 'Значення', fi: 'Arvo', en: 'Value' } },
    { name: 'key', type: 'text', readOnly: true, technical: true, derivedFrom: ['value'], searchable: true, filterable: true, maxLength: 300, label: { ru: 'Нормализованное значение', uk: 'Нормалізоване значення', fi: 'Normalisoitu arvo', en: 'Normalised value' } },
    { name: 'label', type: 'text', maxLength: 100, label: { ru: 'Подпись', uk: 'Підпис', fi: 'Selite', en: 'Label' } },
    { name: 'isPrimary', type: 'boolean', default: false, label: { ru: 'Основной', uk: 'Основний', fi: 'Ensisijainen', en: 'Primary' } },
  ],
}

const clientAddress: ObjectDefinition = {
  name: 'clientAddress', plural: 'clientAddresses', title: 'address',
  partOf: { object: 'client', field: 'client', list: 'addresses' },
  label: { ru: 'Адрес', uk: 'Адреса', fi: 'Osoite', en: 'Address' },
  labelPlural: { ru: 'Адреса', uk: 'Адреси', fi: 'Osoitteet', en: 'Addresses' },
  fields: [
    { name: 'client', type: 'reference', to: 'client', label: { ru: 'Клиент', uk: 'Клієнт', fi: 'Asiakas', en: 'Client' } },
    {
      name: 'kind', type: 'select', default: 'delivery', label: { ru: 'Вид', uk: 'Вид', fi: 'Laji', en: 'Kind' },
      options: [
        { key: 'legal', label: { ru: 'Юридический', uk: 'Юридична', fi: 'Virallinen', en: 'Legal' } },
        { key: 'actual', label: { ru: 'Фактический', uk: 'Фактична', fi: 'Käyntiosoite', en: 'Actual' } },
        { key: 'delivery', label: { ru: 'Доставки', uk: 'Доставки', fi: 'Toimitusosoite', en: 'Delivery' } },
        { key: 'postal', label: { ru: 'Почтовый', uk: 'Поштова', fi: 'Postiosoite', en: 'Postal' } },
      ],
    },
    { name: 'address', type: 'address', required: true, searchable: true, filterable: true, label: { ru: 'Адрес', uk: 'Адреса', fi: 'Osoite', en: 'Address' } },
  ],
}

const clientBankAccount: ObjectDefinition = {
  name: 'clientBankAccount', plural: 'clientBankAccounts', title: 'account',
  partOf: { object: 'client', field: 'client', list: 'bankAccounts' },
  label: { ru: 'Банковский счёт', uk: 'Банківський рахунок', fi: 'Pankkitili', en: 'Bank account' },
  labelPlural: { ru: 'Банковские счета', uk: 'Банківські рахунки', fi: 'Pankkitilit', en: 'Bank accounts' },
  fields: [
    { name: 'client', type: 'reference', to: 'client', label: { ru: 'Клиент', uk: 'Клієнт', fi: 'Asiakas', en: 'Client' } },
    { name: 'account', type: 'text', required: true, maxLength: 40, filterable: true, label: { ru: 'Счёт или IBAN', uk: 'Рахунок або IBAN', fi: 'Tilinumero (IBAN)', en: 'Account or IBAN' } },
    { name: 'bank', type: 'text', label: { ru: 'Банк', uk: 'Банк', fi: 'Pankki', en: 'Bank' } },
    { name: 'bic', type: 'text', maxLength: 20, label: { ru: 'БИК', uk: 'МФО / BIC', fi: 'BIC', en: 'BIC' } },
    { name: 'correspondentAccount', type: 'text', maxLength: 40, label: { ru: 'Корр. счёт', uk: 'Кор. рахунок', fi: 'Kirjeenvaihtajatili', en: 'Correspondent account' } },
    { name: 'currency', type: 'text', format: 'currency', label: { ru: 'Валюта', uk: 'Валюта', fi: 'Valuutta', en: 'Currency' } },
  ],
}

/** In an order in which every reference finds its target. */
export const clientObjects: ObjectDefinition[] = [clientObject, contactObject, clientContact, contactPoint, clientAddress, clientBankAccount]
