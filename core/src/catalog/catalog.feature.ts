import { definePlugin } from '@kartotek/sdk'

/** What is sold. */
export const catalogFeature = definePlugin({
  id: 'catalog',
  version: '1.0.0',
  objects: [{
    name: 'product', plural: 'products', icon: 'package', title: 'name',
    label: { ru: 'Товар', uk: 'Товар', fi: 'Tuote', en: 'Product' },
    labelPlural: { ru: 'Товары и услуги', uk: 'Товари та послуги', fi: 'Tuotteet ja palvelut', en: 'Products and services' },
    fields: [
      { name: 'name', type: 'text', required: true, searchable: true, filterable: true, label: { ru: 'Название', uk: 'Назва', fi: 'Nimi', en: 'Name' } },
      { name: 'code', type: 'text', unique: true, searchable: true, filterable: true, maxLength: 60, label: { ru: 'Артикул', uk: 'Артикул', fi: 'Tuotekoodi', en: 'Code' } },
      {
        name: 'kind', type: 'select', default: 'good', label: { ru: 'Вид', uk: 'Вид', fi: 'Laji', en: 'Kind' },
        options: [
          { key: 'good', label: { ru: 'Товар', uk: 'Товар', fi: 'Tavara', en: 'Good' }, color: 'blue' },
          { key: 'service', label: { ru: 'Услуга', uk: 'Послуга', fi: 'Palvelu', en: 'Service' }, color: 'violet' },
        ],
      },
      { name: 'category', type: 'text', searchable: true, filterable: true, label: { ru: 'Категория', uk: 'Категорія', fi: 'Tuoteryhmä', en: 'Category' } },
      { name: 'unit', type: 'text', maxLength: 60, label: { ru: 'Единица', uk: 'Одиниця', fi: 'Yksikkö', en: 'Unit' } },
      { name: 'price', type: 'money', scale: 4, min: 0, filterable: true, label: { ru: 'Цена', uk: 'Ціна', fi: 'Hinta', en: 'Price' } },
      {
        name: 'cost', type: 'money', scale: 4, min: 0, label: { ru: 'Себестоимость', uk: 'Собівартість', fi: 'Kustannus', en: 'Cost' },
        help: { ru: 'Сколько единица стоит нам; отсюда маржа заказов.', uk: 'Скільки одиниця коштує нам; звідси маржа замовлень.', fi: 'Yksikön hankintahinta; tästä lasketaan tilausten kate.', en: 'What a unit costs us; the margin of orders comes from it.' },
      },
      { name: 'taxRate', type: 'decimal', min: 0, max: 100, scale: 2, label: { ru: 'Ставка НДС, %', uk: 'Ставка ПДВ, %', fi: 'ALV-kanta, %', en: 'Tax rate, %' } },
      { name: 'active', type: 'boolean', default: true, filterable: true, label: { ru: 'Продаётся', uk: 'Продається', fi: 'Myynnissä', en: 'On sale' } },
      { name: 'description', type: 'longText', label: { ru: 'Описание', uk: 'Опис', fi: 'Kuvaus', en: 'Description' } },
    ],
  }],
})
