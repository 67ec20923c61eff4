import type { Locale } from '@kartotek/sdk'
import type { Written } from './inputs.ts'
import { OPEN_STAGES, type DemoOrder } from './order.ts'
import { Random } from './random.ts'

interface Words { calls: readonly string[], letters: readonly string[], notes: readonly string[], steps: readonly [kind: 'task' | 'call' | 'meeting', title: string][] }

/** What people of the demo company write down, and what they plan. */
const WORDS: Record<Locale, Words> = {
  ru: {
    calls: ['Уточнили размеры и срок. Ждут предложение до пятницы.', 'Просит скидку за объём, обещал посоветоваться с директором.', 'Не смог говорить, договорились созвониться завтра утром.', 'Спрашивал, можно ли доставить раньше.'],
    letters: ['Высылаю реквизиты и карточку предприятия, выставьте, пожалуйста, счёт.', 'Предложение получили, согласуем внутри и вернёмся с ответом.', 'Нужны образцы цвета, адрес для отправки в подписи.'],
    notes: ['Важно качество упаковки: в прошлый раз был скол.', 'Решение принимает главный инженер, не закупки.', 'Работают по предоплате 50 %.'],
    steps: [['call', 'Позвонить и узнать решение'], ['task', 'Отправить предложение'], ['meeting', 'Замер на объекте'], ['task', 'Выставить счёт'], ['call', 'Напомнить об оплате']],
  },
  uk: {
    calls: ['Уточнили розміри й строк. Чекають пропозицію до п’ятниці.', 'Просить знижку за обсяг, обіцяв порадитися з директором.', 'Не міг говорити, домовилися зідзвонитися завтра вранці.', 'Питав, чи можна доставити раніше.'],
    letters: ['Надсилаю реквізити та картку підприємства, виставте, будь ласка, рахунок.', 'Пропозицію отримали, узгодимо в себе й повернемося з відповіддю.', 'Потрібні зразки кольору, адреса для відправлення в підписі.'],
    notes: ['Важлива якість пакування: минулого разу був скол.', 'Рішення ухвалює головний інженер, не закупівлі.', 'Працюють за передоплатою 50 %.'],
    steps: [['call', 'Зателефонувати й дізнатися рішення'], ['task', 'Надіслати пропозицію'], ['meeting', 'Замір на об’єкті'], ['task', 'Виставити рахунок'], ['call', 'Нагадати про оплату']],
  },
  fi: {
    calls: ['Tarkennettiin mitat ja aikataulu. Odottavat tarjousta perjantaihin mennessä.', 'Pyytää määräalennusta, lupasi kysyä johtajalta.', 'Ei ehtinyt puhua, sovittiin soitto huomisaamuksi.', 'Kysyi, voisiko toimituksen saada aiemmin.'],
    letters: ['Liitteenä laskutustiedot, lähettäkää lasku, kiitos.', 'Tarjous on saatu, käsittelemme sen ja palaamme asiaan.', 'Tarvitsemme värimallit, osoite on allekirjoituksessa.'],
    notes: ['Pakkauksen laatu on tärkeä: viimeksi kulma oli lohjennut.', 'Päätöksen tekee tekninen johtaja, ei osto.', 'Ennakkomaksu 50 %.'],
    steps: [['call', 'Soita ja kysy päätös'], ['task', 'Lähetä tarjous'], ['meeting', 'Mittaus kohteessa'], ['task', 'Tee lasku'], ['call', 'Muistuta maksusta']],
  },
  en: {
    calls: ['Went through sizes and dates. They expect the offer by Friday.', 'Asks for a volume discount, will talk to the director.', 'Could not talk, we agreed to speak tomorrow morning.', 'Asked whether delivery could be earlier.'],
    letters: ['Please find our billing details attached and send the invoice.', 'We have the offer, will discuss it and come back to you.', 'We need colour samples, the address is in the signature.'],
    notes: ['Packing matters: last time a corner was chipped.', 'The chief engineer decides, not purchasing.', 'They pay 50 % in advance.'],
    steps: [['call', 'Call and ask for the decision'], ['task', 'Send the offer'], ['meeting', 'Measure on site'], ['task', 'Make the invoice'], ['call', 'Remind of the payment']],
  },
}

const DAY = 86_400_000
export interface DemoWork { entries: { input: Record<string, unknown>, at: Date }[], tasks: Record<string, unknown>[] }

/** The last weeks around the open orders: what was said and written, and what is to be done next; some of it is late. */
export function workOn(locale: Locale, now: Date, orders: readonly { order: DemoOrder, id: string }[], written: Written): DemoWork {
  const words = WORDS[locale]
  const work: DemoWork = { entries: [], tasks: [] }
  for (const { order, id } of orders) {
    if (!(OPEN_STAGES as readonly string[]).includes(order.stages.at(-1)!.stage)) continue
    const random = new Random('work', id.slice(-6), order.title)
    const subject = { object: 'order', id }
    const owner = written.users[order.owner]!
    const began = order.createdAt.getTime()
    for (let i = random.int(1, 4); i > 0; i--) {
      const at = new Date(random.between(began, now.getTime()))
      const kind = random.pick(['call', 'call', 'letter', 'note'] as const)
      const text = random.pick(kind === 'call' ? words.calls : kind === 'letter' ? words.letters : words.notes)
      work.entries.push({ at, input: {
        subject, owner, kind, text, happenedAt: at.toISOString(),
        ...(kind === 'call' ? { direction: random.pick(['in', 'out'] as const), seconds: random.int(40, 900) } : kind === 'letter' ? { direction: 'in' } : {}),
      } })
    }
    if (!random.chance(0.7)) continue
    const [kind, title] = random.pick(words.steps)
    const due = new Date(Math.floor(now.getTime() / DAY) * DAY + random.int(-3, 6) * DAY + random.int(7, 15) * 3_600_000)
    work.tasks.push({ title, kind, subject, owner, due: due.toISOString(), priority: random.pick(['normal', 'normal', 'high'] as const) })
  }
  return work
}
