import { s, type Infer } from '@kartotek/sdk'

export const settings = s.object({
  pointsPer100: s.integer({
    default: 1, min: 0, max: 1000,
    title: { en: 'Points for each 100 of an order', ru: 'Баллов за каждые 100 в заказе', uk: 'Балів за кожні 100 у замовленні', fi: 'Pisteitä tilauksen jokaista sataa kohti' },
  }),
})
export type Settings = Infer<typeof settings>
