import type { CategoryKey, UnitKey } from './pack.ts'

/** One item of the price list: price in euro before tax, share of it that is cost, names in four languages. */
export interface ProductWords {
  sku: string
  category: CategoryKey
  unit: UnitKey
  euro: number
  costShare: number
  /** How many a small client takes at once. */
  usual: number
  ru: string
  uk: string
  fi: string
  en: string
}

const row = (sku: string, unit: UnitKey, euro: number, costShare: number, usual: number, ru: string, uk: string, fi: string, en: string): ProductWords =>
  ({ sku, category: CATEGORY[sku.slice(0, 2)]!, unit, euro, costShare, usual, ru, uk, fi, en })
const CATEGORY: Record<string, CategoryKey> = {
  PT: 'power', HT: 'hand', FX: 'fasteners', WW: 'workwear', PS: 'paints', EL: 'electrical', LS: 'ladders', GC: 'garden',
}

export const PRODUCTS: readonly ProductWords[] = [
  row('PT-101', 'pcs', 129, 0.71, 2, 'Дрель-шуруповёрт аккумуляторная 18 В', 'Дриль-шурупокрут акумуляторний 18 В', 'Akkuporakone 18 V', 'Cordless drill driver 18 V'),
  row('PT-102', 'pcs', 189, 0.73, 1, 'Перфоратор SDS-plus 800 Вт', 'Перфоратор SDS-plus 800 Вт', 'Poravasara SDS-plus 800 W', 'SDS-plus rotary hammer 800 W'),
  row('PT-103', 'pcs', 84, 0.7, 2, 'Шлифмашина угловая 125 мм', 'Шліфмашина кутова 125 мм', 'Kulmahiomakone 125 mm', 'Angle grinder 125 mm'),
  row('PT-104', 'pcs', 142, 0.74, 1, 'Пила циркулярная 190 мм', 'Пила циркулярна 190 мм', 'Pyörösaha 190 mm', 'Circular saw 190 mm'),
  row('PT-105', 'pcs', 97, 0.7, 1, 'Лобзик электрический 650 Вт', 'Лобзик електричний 650 Вт', 'Pistosaha 650 W', 'Jigsaw 650 W'),
  row('PT-106', 'pcs', 215, 0.76, 1, 'Пылесос строительный 30 л', 'Пилосос будівельний 30 л', 'Rakennusimuri 30 l', 'Wet and dry vacuum 30 l'),
  row('PT-107', 'set', 32, 0.55, 4, 'Набор свёрл по металлу, 19 шт.', 'Набір свердел по металу, 19 шт.', 'Metalliporanteräsarja, 19 osaa', 'HSS drill bit set, 19 pieces'),
  row('HT-201', 'pcs', 19, 0.55, 4, 'Молоток слесарный 500 г', 'Молоток слюсарний 500 г', 'Viilarinvasara 500 g', 'Ball-pein hammer 500 g'),
  row('HT-202', 'set', 46, 0.58, 2, 'Набор отвёрток, 12 предметов', 'Набір викруток, 12 предметів', 'Ruuvitalttasarja, 12 osaa', 'Screwdriver set, 12 pieces'),
  row('HT-203', 'pcs', 24, 0.56, 3, 'Рулетка 8 м', 'Рулетка 8 м', 'Rullamitta 8 m', 'Tape measure 8 m'),
  row('HT-204', 'pcs', 58, 0.62, 2, 'Уровень магнитный 120 см', 'Рівень магнітний 120 см', 'Magneettivatupassi 120 cm', 'Magnetic spirit level 120 cm'),
  row('HT-205', 'set', 118, 0.66, 1, 'Набор головок и ключей, 94 предмета', 'Набір головок і ключів, 94 предмети', 'Hylsyavainsarja, 94 osaa', 'Socket set, 94 pieces'),
  row('HT-206', 'pcs', 21, 0.52, 4, 'Нож строительный с выдвижным лезвием', 'Ніж будівельний з висувним лезом', 'Katkoteräveitsi', 'Snap-off knife'),
  row('HT-207', 'pcs', 27, 0.57, 3, 'Ножовка по дереву 500 мм', 'Ножівка по дереву 500 мм', 'Käsisaha 500 mm', 'Hand saw 500 mm'),
  row('FX-301', 'pack', 12.5, 0.5, 12, 'Саморезы по дереву 4×50, 200 шт.', 'Саморізи по дереву 4×50, 200 шт.', 'Puuruuvi 4×50, 200 kpl', 'Wood screws 4×50, 200 pcs'),
  row('FX-302', 'pack', 9.8, 0.5, 14, 'Саморезы по гипсокартону 3,5×35, 500 шт.', 'Саморізи по гіпсокартону 3,5×35, 500 шт.', 'Kipsilevyruuvi 3,5×35, 500 kpl', 'Drywall screws 3.5×35, 500 pcs'),
  row('FX-303', 'pack', 22, 0.54, 8, 'Анкер клиновой M10×100, 25 шт.', 'Анкер клиновий M10×100, 25 шт.', 'Kiila-ankkuri M10×100, 25 kpl', 'Wedge anchors M10×100, 25 pcs'),
  row('FX-304', 'pack', 7.4, 0.46, 15, 'Дюбель распорный 8×40, 100 шт.', 'Дюбель розпірний 8×40, 100 шт.', 'Nailontulppa 8×40, 100 kpl', 'Nylon plugs 8×40, 100 pcs'),
  row('FX-305', 'pack', 16.9, 0.52, 10, 'Болты M8×40 с гайками, 50 шт.', 'Болти M8×40 з гайками, 50 шт.', 'Pultit M8×40 muttereineen, 50 kpl', 'Bolts M8×40 with nuts, 50 pcs'),
  row('FX-306', 'pack', 28, 0.56, 6, 'Гвозди для пневмопистолета 90 мм, 2000 шт.', 'Цвяхи для пневмопістолета 90 мм, 2000 шт.', 'Konenaula 90 mm, 2000 kpl', 'Framing nails 90 mm, 2000 pcs'),
  row('FX-307', 'roll', 6.2, 0.5, 10, 'Лента перфорированная 20 мм, 25 м', 'Стрічка перфорована 20 мм, 25 м', 'Reikänauha 20 mm, 25 m', 'Fixing band 20 mm, 25 m'),
  row('WW-401', 'pcs', 74, 0.6, 6, 'Куртка рабочая утеплённая', 'Куртка робоча утеплена', 'Talvityötakki', 'Insulated work jacket'),
  row('WW-402', 'pcs', 52, 0.58, 6, 'Полукомбинезон рабочий', 'Напівкомбінезон робочий', 'Avosuojahaalari', 'Bib and brace overalls'),
  row('WW-403', 'pair', 68, 0.62, 6, 'Ботинки защитные с металлическим носком', 'Черевики захисні з металевим носком', 'Turvakengät', 'Safety boots'),
  row('WW-404', 'pair', 3.9, 0.45, 40, 'Перчатки с нитриловым покрытием', 'Рукавички з нітриловим покриттям', 'Nitriilikäsineet', 'Nitrile coated gloves'),
  row('WW-405', 'pcs', 17, 0.5, 10, 'Каска защитная', 'Каска захисна', 'Suojakypärä', 'Safety helmet'),
  row('WW-406', 'pcs', 8.5, 0.46, 12, 'Очки защитные прозрачные', 'Окуляри захисні прозорі', 'Suojalasit, kirkkaat', 'Safety glasses, clear'),
  row('PS-501', 'l', 9.6, 0.6, 40, 'Краска фасадная белая', 'Фарба фасадна біла', 'Julkisivumaali, valkoinen', 'Masonry paint, white'),
  row('PS-502', 'l', 7.9, 0.58, 30, 'Краска интерьерная матовая', 'Фарба інтер’єрна матова', 'Sisämaali, himmeä', 'Interior emulsion, matt'),
  row('PS-503', 'l', 5.1, 0.55, 40, 'Грунтовка глубокого проникновения', 'Ґрунтовка глибокого проникнення', 'Pohjuste', 'Deep penetrating primer'),
  row('PS-504', 'pcs', 6.9, 0.5, 24, 'Герметик силиконовый санитарный 310 мл', 'Герметик силіконовий санітарний 310 мл', 'Saniteettisilikoni 310 ml', 'Sanitary silicone 310 ml'),
  row('PS-505', 'pcs', 8.8, 0.53, 24, 'Пена монтажная профессиональная 750 мл', 'Піна монтажна професійна 750 мл', 'Pistoolivaahto 750 ml', 'Gun foam 750 ml'),
  row('PS-506', 'set', 14, 0.5, 8, 'Валик с ванночкой', 'Валик із ванночкою', 'Maalaustela ja kaukalo', 'Roller and tray set'),
  row('EL-601', 'm', 1.35, 0.72, 200, 'Кабель медный 3×2,5', 'Кабель мідний 3×2,5', 'Asennuskaapeli MMJ 3×2,5', 'Twin and earth cable 2.5 mm²'),
  row('EL-602', 'pcs', 8.2, 0.6, 12, 'Автоматический выключатель 16 А', 'Автоматичний вимикач 16 А', 'Johdonsuojakatkaisija 16 A', 'Circuit breaker 16 A'),
  row('EL-603', 'pcs', 5.4, 0.55, 20, 'Розетка двойная с заземлением', 'Розетка подвійна із заземленням', 'Pistorasia, 2-osainen', 'Double socket'),
  row('EL-604', 'pcs', 39, 0.62, 6, 'Светильник светодиодный 36 Вт', 'Світильник світлодіодний 36 Вт', 'LED-valaisin 36 W', 'LED batten 36 W'),
  row('EL-605', 'pcs', 46, 0.6, 4, 'Удлинитель на катушке 25 м', 'Подовжувач на котушці 25 м', 'Kaapelikela 25 m', 'Cable reel 25 m'),
  row('EL-606', 'pcs', 54, 0.63, 3, 'Прожектор аккумуляторный 20 Вт', 'Прожектор акумуляторний 20 Вт', 'Akkutyövalaisin 20 W', 'Cordless site light 20 W'),
  row('LS-701', 'pcs', 96, 0.66, 1, 'Стремянка алюминиевая, 6 ступеней', 'Драбина алюмінієва, 6 сходинок', 'A-tikkaat, 6 askelmaa', 'Step ladder, 6 treads'),
  row('LS-702', 'pcs', 238, 0.7, 1, 'Лестница трёхсекционная 3×9', 'Драбина трисекційна 3×9', 'Jatkotikkaat 3×9', 'Triple extension ladder 3×9'),
  row('LS-703', 'pcs', 134, 0.67, 3, 'Стеллаж металлический 200×100×50', 'Стелаж металевий 200×100×50', 'Metallihylly 200×100×50', 'Steel shelving 200×100×50'),
  row('LS-704', 'pcs', 62, 0.6, 2, 'Ящик для инструмента на колёсах', 'Ящик для інструменту на колесах', 'Työkalulaatikko pyörillä', 'Rolling tool box'),
  row('LS-705', 'pcs', 420, 0.72, 1, 'Верстак слесарный с тисками', 'Верстак слюсарний з лещатами', 'Työpenkki ruuvipenkillä', 'Workbench with vice'),
  row('GC-801', 'pcs', 33, 0.58, 4, 'Лопата для снега алюминиевая', 'Лопата для снігу алюмінієва', 'Alumiinilumilapio', 'Snow shovel'),
  row('GC-802', 'pcs', 89, 0.64, 1, 'Тачка строительная 90 л', 'Тачка будівельна 90 л', 'Kottikärryt 90 l', 'Wheelbarrow 90 l'),
  row('GC-803', 'pcs', 22, 0.55, 4, 'Метла дворовая с черенком', 'Мітла дворова з держаком', 'Katuharja varrella', 'Yard broom'),
  row('GC-804', 'pcs', 41, 0.6, 2, 'Шланг садовый 50 м', 'Шланг садовий 50 м', 'Puutarhaletku 50 m', 'Garden hose 50 m'),
  row('GC-805', 'roll', 11, 0.5, 10, 'Мешки для мусора 120 л, 25 шт.', 'Мішки для сміття 120 л, 25 шт.', 'Jätesäkki 120 l, 25 kpl', 'Rubble sacks 120 l, 25 pcs'),
]
