import type { ObjectDefinition } from '@kartotek/sdk'

/** A file belongs to one record, of whatever object, and is seen by who sees that. What is in it is kept beside, by version. */
export const fileObjects: ObjectDefinition[] = [{
  name: 'file', plural: 'files', icon: 'paperclip', title: 'name', owned: true, accessFrom: ['subject'],
  label: { ru: 'Файл', uk: 'Файл', fi: 'Tiedosto', en: 'File' },
  labelPlural: { ru: 'Файлы', uk: 'Файли', fi: 'Tiedostot', en: 'Files' },
  help: {
    ru: 'Документы и картинки при записях, а также ссылки на документы в других местах.', uk: 'Документи й зображення при записах, а також посилання на документи в інших місцях.',
    fi: 'Tietueiden asiakirjat ja kuvat sekä linkit muualla oleviin asiakirjoihin.', en: 'Documents and pictures of records, and links to documents elsewhere.',
  },
  fields: [
    { name: 'name', type: 'text', required: true, searchable: true, filterable: true, maxLength: 200, label: { ru: 'Название', uk: 'Назва', fi: 'Nimi', en: 'Name' } },
    { name: 'subject', type: 'record', required: true, label: { ru: 'При записи', uk: 'При записі', fi: 'Kohde', en: 'Attached to' } },
    { name: 'url', type: 'url', label: { ru: 'Ссылка', uk: 'Посилання', fi: 'Linkki', en: 'Link' }, help: { ru: 'Для документа, который лежит в другом месте.', uk: 'Для документа, що лежить в іншому місці.', fi: 'Muualla olevan asiakirjan osoite.', en: 'For a document that lies elsewhere.' } },
    { name: 'contentVersion', type: 'integer', default: 1, readOnly: true, label: { ru: 'Версия', uk: 'Версія', fi: 'Versio', en: 'Version' } },
    { name: 'note', type: 'longText', searchable: true, label: { ru: 'Примечание', uk: 'Примітка', fi: 'Huomautus', en: 'Note' } },
  ],
}]
