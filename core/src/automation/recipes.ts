import { textIn, type Locale, type Localized } from '@kartotek/sdk'
import type { RuleInput } from './check.ts'

interface Recipe { key: string, name: Localized, help: Localized, rule(text: (t: Localized) => string): Omit<RuleInput, 'name'> }

/** Rules that most companies want; each becomes an ordinary rule that can be changed. */
const RECIPES: Recipe[] = [
  {
    key: 'no_contact',
    name: { ru: 'Нет контакта 30 дней', uk: 'Немає контакту 30 днів', fi: 'Ei yhteyttä 30 päivään', en: 'No contact for 30 days' },
    help: {
      ru: 'Каждое утро ответственный получает задачу позвонить клиенту, с которым давно не общались. Новые клиенты и те, кто просил не звонить, не в счёт.', uk: 'Щоранку відповідальний отримує завдання зателефонувати клієнтові, з яким давно не спілкувалися. Нові клієнти й ті, хто просив не телефонувати, не враховуються.',
      fi: 'Joka aamu vastuuhenkilö saa tehtävän soittaa asiakkaalle, johon ei ole pidetty yhteyttä. Uudet asiakkaat ja soittokiellon antaneet jäävät pois.', en: 'Every morning the owner gets a task to call a client nobody has talked to for long. New clients and those who must not be called are left out.',
    },
    rule: (t) => ({
      object: 'client', trigger: { on: 'schedule', every: 'day', time: '09:00' }, condition: { and: [{ noContactDays: 30 }, { withoutNextStep: true }, { not: { createdAt: { lastDays: 30 } } }, { mayContact: { channel: 'phone' } }] },
      actions: [{ do: 'createTask', kind: 'call', assignee: 'owner', due: { days: 0 }, title: t({ ru: 'Позвонить: {name}', uk: 'Зателефонувати: {name}', fi: 'Soita: {name}', en: 'Call {name}' }) }],
    }),
  },
  {
    key: 'missed_call',
    name: { ru: 'Задача по пропущенному звонку', uk: 'Завдання за пропущеним дзвінком', fi: 'Tehtävä vastaamattomasta puhelusta', en: 'Task on a missed call' },
    help: { ru: 'На входящий звонок, на который не ответили (0 секунд), ставится задача перезвонить за 15 минут.', uk: 'На вхідний дзвінок без відповіді (0 секунд) ставиться завдання передзвонити за 15 хвилин.', fi: 'Vastaamattomasta puhelusta (0 sekuntia) syntyy tehtävä soittaa takaisin 15 minuutissa.', en: 'An incoming call that nobody answered (0 seconds) becomes a task to call back within 15 minutes.' },
    rule: (t) => ({
      object: 'timelineEntry', trigger: { on: 'created' }, condition: { kind: { eq: 'call' }, direction: { eq: 'in' }, seconds: { eq: 0 } },
      actions: [{ do: 'createTask', kind: 'call', priority: 'high', assignee: 'subjectOwner', due: { minutes: 15 }, title: t({ ru: 'Перезвонить: пропущенный звонок', uk: 'Передзвонити: пропущений дзвінок', fi: 'Soita takaisin: vastaamaton puhelu', en: 'Call back: a missed call' }) }],
    }),
  },
  {
    key: 'stuck_order',
    name: { ru: 'Заказ застрял на этапе', uk: 'Замовлення застрягло на етапі', fi: 'Tilaus on jumissa vaiheessa', en: 'An order is stuck' },
    help: {
      ru: 'О заказе, который стоит на этапе дольше нормы, узнают ответственный и руководитель, а ответственный получает задачу на сегодня.', uk: 'Про замовлення, яке стоїть на етапі довше норми, дізнаються відповідальний і керівник, а відповідальний отримує завдання на сьогодні.',
      fi: 'Tilauksesta, joka on vaiheessa normia kauemmin, saavat tiedon vastuuhenkilö ja esimies, ja vastuuhenkilö saa tehtävän täksi päiväksi.', en: 'The owner and the leader learn of an order that stands in its stage longer than the norm, and the owner gets a task for today.',
    },
    rule: (t) => ({
      object: 'order', trigger: { on: 'stuck' }, condition: null,
      actions: [
        { do: 'createTask', kind: 'task', priority: 'high', assignee: 'owner', due: { days: 0 }, title: t({ ru: 'Сдвинуть с места заказ {number}', uk: 'Зрушити з місця замовлення {number}', fi: 'Vie tilaus {number} eteenpäin', en: 'Move order {number} on' }) },
        { do: 'notify', to: ['owner', 'leader'], text: t({ ru: 'Заказ {number} стоит на этапе дольше нормы.', uk: 'Замовлення {number} стоїть на етапі довше норми.', fi: 'Tilaus {number} on ollut vaiheessa normia kauemmin.', en: 'Order {number} stands in its stage longer than the norm.' }) },
      ],
    }),
  },
  {
    key: 'birthday',
    name: { ru: 'День рождения контакта', uk: 'День народження контакту', fi: 'Yhteyshenkilön syntymäpäivä', en: 'Birthday of a contact' },
    help: {
      ru: 'В день рождения ответственный получает задачу поздравить по телефону. Кто просил не звонить, не в счёт.', uk: 'У день народження відповідальний отримує завдання привітати телефоном. Хто просив не телефонувати, не враховується.',
      fi: 'Syntymäpäivänä vastuuhenkilö saa tehtävän onnitella puhelimitse. Soittokiellon antaneet jäävät pois.', en: 'On the day itself the owner gets a task to congratulate by phone. Those who must not be called are left out.',
    },
    rule: (t) => ({
      object: 'contact', trigger: { on: 'date', field: 'birthday', days: 0, time: '09:00', yearly: true }, condition: { mayContact: { channel: 'phone' } },
      actions: [{ do: 'createTask', kind: 'call', assignee: 'owner', due: { days: 0 }, title: t({ ru: 'Поздравить с днём рождения: {name}', uk: 'Привітати з днем народження: {name}', fi: 'Onnittele syntymäpäivänä: {name}', en: 'Wish {name} a happy birthday' }) }],
    }),
  },
  {
    key: 'first_call',
    name: { ru: 'Связаться по новому заказу', uk: 'Зв’язатися за новим замовленням', fi: 'Yhteys uudesta tilauksesta', en: 'Get in touch about a new order' },
    help: { ru: 'К новому заказу без следующего шага ставится задача связаться в течение часа.', uk: 'До нового замовлення без наступного кроку ставиться завдання зв’язатися протягом години.', fi: 'Uuteen tilaukseen ilman seuraavaa askelta syntyy tehtävä ottaa yhteyttä tunnin sisällä.', en: 'A new order without a next step gets a task to be in touch within an hour.' },
    rule: (t) => ({
      object: 'order', trigger: { on: 'created' }, condition: { withoutNextStep: true },
      actions: [{ do: 'createTask', kind: 'call', assignee: 'owner', due: { minutes: 60 }, title: t({ ru: 'Связаться по заказу {number}', uk: 'Зв’язатися за замовленням {number}', fi: 'Ota yhteyttä tilauksesta {number}', en: 'Get in touch about order {number}' }) }],
    }),
  },
]

/** The recipes in the reader's language, with texts that the company's people will read in it. */
export function recipesIn(locale: Locale): { key: string, name: string, help: string, rule: RuleInput }[] {
  return RECIPES.map(({ key, name, help, rule }) => ({ key, name: textIn(name, locale), help: textIn(help, locale), rule: { name: textIn(name, locale), ...rule((t) => textIn(t, locale)) } }))
}
