import { definePlugin, type FieldDefinition, type ObjectDefinition } from '@kartotek/sdk'
import { computeLines, computeOrders } from './totals.ts'

const money = (name: string, label: FieldDefinition['label'], more: Partial<FieldDefinition> = {}): FieldDefinition => ({ name, type: 'money', readOnly: true, label, ...more })

export const orderObject: ObjectDefinition = {
  name: 'order', plural: 'orders', icon: 'shopping-cart', title: 'number', owned: true, staged: true, accessFrom: ['client'],
  series: { field: 'number', key: 'order' },
  label: { ru: 'Заказ', uk: 'Замовлення', fi: 'Tilaus', en: 'Order' },
  labelPlural: { ru: 'Заказы', uk: 'Замовлення', fi: 'Tilaukset', en: 'Orders' },
  help: { ru: 'Сделка от первой заявки до доставки и оплаты.', uk: 'Угода від першої заявки до доставки й оплати.', fi: 'Kauppa ensimmäisestä pyynnöstä toimitukseen ja maksuun.', en: 'The deal, from the first request to delivery and payment.' },
  fields: [
    { name: 'number', type: 'text', unique: true, searchable: true, filterable: true, maxLength: 40, label: { ru: 'Номер', uk: 'Номер', fi: 'Numero', en: 'Number' } },
    { name: 'subject', type: 'text', searchable: true, filterable: true, label: { ru: 'Тема', uk: 'Тема', fi: 'Aihe', en: 'Subject' } },
    { name: 'client', type: 'reference', to: 'client', reverse: 'orders', filterable: true, label: { ru: 'Клиент', uk: 'Клієнт', fi: 'Asiakas', en: 'Client' } },
    { name: 'contact', type: 'reference', to: 'contact', reverse: 'orders', filterable: true, label: { ru: 'Контактное лицо', uk: 'Контактна особа', fi: 'Yhteyshenkilö', en: 'Contact' } },
    { name: 'orderedOn', type: 'date', default: 'today', filterable: true, label: { ru: 'Дата заказа', uk: 'Дата замовлення', fi: 'Tilauspäivä', en: 'Order date' } },
    { name: 'dueOn', type: 'date', filterable: true, label: { ru: 'Срок', uk: 'Строк', fi: 'Määräpäivä', en: 'Due date' } },
    {
      name: 'priority', type: 'select', default: 'normal', filterable: true, label: { ru: 'Приоритет', uk: 'Пріоритет', fi: 'Kiireellisyys', en: 'Priority' },
      options: [
        { key: 'low', color: 'slate', label: { ru: 'Низкий', uk: 'Низький', fi: 'Matala', en: 'Low' } },
        { key: 'normal', color: 'blue', label: { ru: 'Обычный', uk: 'Звичайний', fi: 'Tavallinen', en: 'Normal' } },
        { key: 'high', color: 'red', label: { ru: 'Высокий', uk: 'Високий', fi: 'Korkea', en: 'High' } },
      ],
    },
    { name: 'source', type: 'text', filterable: true, label: { ru: 'Источник', uk: 'Джерело', fi: 'Lähde', en: 'Source' } },
    { name: 'currency', type: 'text', format: 'currency', filterable: true, label: { ru: 'Валюта', uk: 'Валюта', fi: 'Valuutta', en: 'Currency' } },
    { name: 'deliveryAddress', type: 'address', label: { ru: 'Адрес доставки', uk: 'Адреса доставки', fi: 'Toimitusosoite', en: 'Delivery address' } },
    { name: 'comment', type: 'longText', searchable: true, label: { ru: 'Комментарий', uk: 'Коментар', fi: 'Kommentti', en: 'Comment' } },
    // What an order comes to is a fact of its own; what it costs us is told line by line by what the goods cost us.
    money('net', { ru: 'Сумма без НДС', uk: 'Сума без ПДВ', fi: 'Veroton summa', en: 'Net' }, { section: 'totals' }),
    money('tax', { ru: 'НДС', uk: 'ПДВ', fi: 'ALV', en: 'Tax' }, { section: 'totals' }),
    money('total', { ru: 'Итого', uk: 'Разом', fi: 'Yhteensä', en: 'Total' }, { section: 'totals', filterable: true, derivedFrom: ['net', 'tax'] }),
    money('cost', { ru: 'Себестоимость', uk: 'Собівартість', fi: 'Kustannus', en: 'Cost' }, { section: 'totals', derivedFrom: ['lines.costTotal'] }),
    money('margin', { ru: 'Маржа', uk: 'Маржа', fi: 'Kate', en: 'Margin' }, { section: 'totals', filterable: true, derivedFrom: ['net', 'cost'] }),
  ],
}

const orderLine: ObjectDefinition = {
  name: 'orderLine', plural: 'orderLines', title: 'text',
  partOf: { object: 'order', field: 'order', list: 'lines' },
  label: { ru: 'Строка заказа', uk: 'Рядок замовлення', fi: 'Tilausrivi', en: 'Order line' },
  labelPlural: { ru: 'Строки заказа', uk: 'Рядки замовлення', fi: 'Tilausrivit', en: 'Order lines' },
  fields: [
    { name: 'order', type: 'reference', to: 'order', label: { ru: 'Заказ', uk: 'Замовлення', fi: 'Tilaus', en: 'Order' } },
    { name: 'product', type: 'reference', to: 'product', reverse: 'orderLines', filterable: true, label: { ru: 'Товар', uk: 'Товар', fi: 'Tuote', en: 'Product' } },
    { name: 'text', type: 'text', copyFrom: 'product.name', searchable: true, maxLength: 500, label: { ru: 'Наименование', uk: 'Найменування', fi: 'Nimike', en: 'Description' } },
    { name: 'quantity', type: 'decimal', scale: 3, required: true, default: '1', label: { ru: 'Количество', uk: 'Кількість', fi: 'Määrä', en: 'Quantity' } },
    { name: 'unit', type: 'text', copyFrom: 'product.unit', maxLength: 60, label: { ru: 'Единица', uk: 'Одиниця', fi: 'Yksikkö', en: 'Unit' } },
    { name: 'price', type: 'money', scale: 4, copyFrom: 'product.price', required: true, label: { ru: 'Цена', uk: 'Ціна', fi: 'Hinta', en: 'Price' } },
    { name: 'discount', type: 'decimal', scale: 4, min: -1000, max: 100, default: '0', label: { ru: 'Скидка, %', uk: 'Знижка, %', fi: 'Alennus, %', en: 'Discount, %' } },
    { name: 'taxRate', type: 'decimal', scale: 2, min: 0, max: 100, copyFrom: 'product.taxRate', label: { ru: 'НДС, %', uk: 'ПДВ, %', fi: 'ALV, %', en: 'Tax, %' } },
    { name: 'cost', type: 'money', scale: 4, copyFrom: 'product.cost', derivedFrom: ['product.cost'], min: 0, label: { ru: 'Себестоимость единицы', uk: 'Собівартість одиниці', fi: 'Yksikkökustannus', en: 'Unit cost' } },
    money('net', { ru: 'Без НДС', uk: 'Без ПДВ', fi: 'Veroton', en: 'Net' }, { derivedFrom: ['quantity', 'price', 'discount'] }),
    money('tax', { ru: 'Сумма НДС', uk: 'Сума ПДВ', fi: 'ALV-määrä', en: 'Tax amount' }, { derivedFrom: ['net', 'taxRate'] }),
    money('total', { ru: 'Всего', uk: 'Усього', fi: 'Yhteensä', en: 'Total' }, { derivedFrom: ['net', 'tax'] }),
    money('costTotal', { ru: 'Себестоимость строки', uk: 'Собівартість рядка', fi: 'Rivin kustannus', en: 'Line cost' }, { derivedFrom: ['quantity', 'cost'] }),
    money('margin', { ru: 'Маржа', uk: 'Маржа', fi: 'Kate', en: 'Margin' }, { derivedFrom: ['net', 'costTotal'] }),
  ],
}

/** The issue log of an order (A-000-31). */
const orderProblem: ObjectDefinition = {
  name: 'orderProblem', plural: 'orderProblems', title: 'text',
  partOf: { object: 'order', field: 'order', list: 'problems' },
  label: { ru: 'Проблема', uk: 'Проблема', fi: 'Ongelma', en: 'Problem' },
  labelPlural: { ru: 'Проблемы', uk: 'Проблеми', fi: 'Ongelmat', en: 'Problems' },
  fields: [
    { name: 'order', type: 'reference', to: 'order', label: { ru: 'Заказ', uk: 'Замовлення', fi: 'Tilaus', en: 'Order' } },
    { name: 'text', type: 'longText', required: true, label: { ru: 'Что случилось', uk: 'Що сталося', fi: 'Mitä tapahtui', en: 'What happened' } },
    { name: 'happenedOn', type: 'date', label: { ru: 'Когда', uk: 'Коли', fi: 'Milloin', en: 'When' } },
    { name: 'responsible', type: 'user', label: { ru: 'Кто решает', uk: 'Хто вирішує', fi: 'Ratkaisija', en: 'Who solves it' } },
    { name: 'solved', type: 'boolean', default: false, filterable: true, label: { ru: 'Решена', uk: 'Вирішена', fi: 'Ratkaistu', en: 'Solved' } },
    { name: 'solution', type: 'longText', label: { ru: 'Решение', uk: 'Рішення', fi: 'Ratkaisu', en: 'Solution' } },
  ],
}

/** `currency` gives the currency of orders that name none. */
export function ordersFeature(deps: { currency(): string }) {
  return definePlugin({
    id: 'orders',
    version: '1.0.0',
    objects: [orderObject, orderLine, orderProblem],
    compute: {
      orderLine: { id: 'line-totals', run: computeLines },
      order: {
        id: 'totals',
        run(orders) {
          for (const { values } of orders) if (!values.currency) values.currency = deps.currency()
          computeOrders(orders)
        },
      },
    },
  })
}
