import type { Kysely } from 'kysely'
import { uuidv7 } from 'uuidv7'
import type { Localized } from '@kartotek/sdk'
import type { StageKind } from './pipeline.ts'

const NAME: Localized = { ru: 'Продажи', uk: 'Продажі', fi: 'Myynti', en: 'Sales' }
const STAGES: { key: string, kind: StageKind, color: string, probability: number, norm: number | null, name: Localized }[] = [
  { key: 'new', kind: 'open', color: 'sky', probability: 10, norm: 24, name: { ru: 'Новый', uk: 'Нове', fi: 'Uusi', en: 'New' } },
  { key: 'qualification', kind: 'open', color: 'blue', probability: 30, norm: 72, name: { ru: 'В работе', uk: 'У роботі', fi: 'Työn alla', en: 'In work' } },
  { key: 'offer', kind: 'open', color: 'indigo', probability: 50, norm: 120, name: { ru: 'Предложение', uk: 'Пропозиція', fi: 'Tarjous', en: 'Offer' } },
  { key: 'agreement', kind: 'open', color: 'violet', probability: 80, norm: 120, name: { ru: 'Согласован', uk: 'Погоджено', fi: 'Sovittu', en: 'Agreed' } },
  { key: 'delivery', kind: 'open', color: 'amber', probability: 95, norm: 168, name: { ru: 'Отгрузка', uk: 'Відвантаження', fi: 'Toimitus', en: 'Shipping' } },
  { key: 'won', kind: 'won', color: 'green', probability: 100, norm: null, name: { ru: 'Выполнен', uk: 'Виконано', fi: 'Valmis', en: 'Done' } },
  { key: 'lost', kind: 'lost', color: 'red', probability: 0, norm: null, name: { ru: 'Отказ', uk: 'Відмова', fi: 'Hävitty', en: 'Lost' } },
]

/** Gives orders a pipeline to begin with, where there is none. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- tables come and go with the model
export async function seedPipelines(db: Kysely<any>): Promise<void> {
  const existing = await db.selectFrom('core.pipeline').select('id').limit(1).executeTakeFirst()
  if (existing) return
  const id = uuidv7()
  await db.insertInto('core.pipeline').values({ id, object: 'order', key: 'sales', name: JSON.stringify(NAME), is_default: true }).execute()
  await db.insertInto('core.stage').values(STAGES.map((s, position) => ({
    id: uuidv7(), pipeline_id: id, key: s.key, name: JSON.stringify(s.name), kind: s.kind, color: s.color, probability: s.probability, norm_hours: s.norm, position,
  }))).execute()
}
