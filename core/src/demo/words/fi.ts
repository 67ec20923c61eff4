import type { Random } from '../random.ts'
import { transliterate } from './pack.ts'
import type { City, Pack, PersonName } from './pack.ts'

const MEN = 'Antti Ari Eero Erkki Hannu Harri Heikki Ilkka Jari Jaakko Janne Juha Juhani Jukka Kalle Kari Lauri Marko Markku Matti Mika Mikko Niko Olli Pasi Pekka Petri Sami Tapio Teemu Timo Tuomas Ville Väinö'.split(' ')
const WOMEN = 'Aino Anna Anne Annika Eeva Elina Emilia Hanna Heidi Helena Henna Irma Jaana Johanna Kaisa Katja Kirsi Laura Leena Liisa Maarit Maija Mari Marja Minna Outi Päivi Riikka Ritva Sanna Sari Satu Sirpa Tiina Tuula Virpi'.split(' ')
const FAMILIES = ('Korhonen Virtanen Mäkinen Nieminen Mäkelä Hämäläinen Laine Heikkinen Koskinen Järvinen Lehtonen Lehtinen Saarinen Salminen Heinonen Niemi Heikkilä Salonen Kinnunen ' +
  'Turunen Salo Laitinen Tuominen Rantanen Karjalainen Jokinen Mattila Savolainen Lahtinen Ahonen Leppänen Väisänen Hiltunen Kärkkäinen Laaksonen Miettinen Pitkänen Aaltonen ' +
  'Manninen Koivisto Hakala Anttila Lehto Hyvönen Laakso Räsänen Pesonen Mustonen Peltonen Toivonen Rissanen Halonen Partanen Kettunen Leinonen Ojala Pulkkinen Seppälä Rautio ' +
  'Nurmi Kokkonen Kauppinen Niskanen Uusitalo Tamminen Harju Eskola Lampinen Moilanen Parviainen Hirvonen Vainio Kallio Kangas Lindholm Nyman Sundström Eklund').split(' ')
const BRANDS = ('Pohjola Kaleva Kontio Otso Tähti Revontuli Saimaa Päijänne Louhi Sampo Ilmarinen Tapiola Ahti Majakka Satama Koivu Mänty Honka Kataja Pihlaja Karhu Kotka Joutsen ' +
  'Haukka Ahjo Kivi Kanerva Aalto Ukonkivi Kolmio Tammi Kajo Sisu Vuoksi Oulanka Kaarna Tervas Halla Vuori Routa').split(' ')
const STREETS = ('Kauppakatu Teollisuustie Asematie Koulukatu Rantatie Keskuskatu Puistokatu Kirkkokatu Hallituskatu Tehtaankatu Varastokatu Mäntytie Koivukuja Satamakatu Yrittäjäntie ' +
  'Konepajankatu Sepänkatu Myllytie Urheilutie Kangastie Lähdekatu Niittytie Pajakatu Ruukintie Ahjokatu Betonitie Rautatienkatu Harjukatu Linnankatu Veturitie').split(' ')

/** `Virtanen` → `Virtasen`; other surnames keep their nominative patterns. */
const genitive = (family: string): string | null => family.endsWith('nen') ? `${family.slice(0, -3)}sen` : null

type Pattern = (random: Random, city: City, person: PersonName) => string
const brand = (random: Random): string => random.pick(BRANDS)
const oneOf = (...patterns: Pattern[]): Pattern => (random, city, person) => random.pick(patterns)(random, city, person)
const family = (before: string): Pattern => (_, __, person) => `${before} ${person.family}`
const families = (what: string, otherwise: string): Pattern => (_, __, person) => {
  const of = genitive(person.family)
  return of ? `${of} ${what}` : `${otherwise} ${person.family}`
}
const local = (what: string): Pattern => (_, city) => `${city.of} ${what}`

export const fi: Pack = {
  locale: 'fi', country: 'FI', currency: 'EUR', rate: 1, priceStep: 0.1, utcOffset: 2,
  company: { name: 'Työpenkki', legalName: 'Työpenkki Oy', domain: 'tyopenkki.example.com' },
  person(random, female = random.chance(0.4)) {
    return { female, given: random.pick(female ? WOMEN : MEN), middle: '', family: random.pick(FAMILIES) }
  },
  fullName: (person) => `${person.given} ${person.family}`,
  latin: (text) => transliterate({ ä: 'a', ö: 'o', å: 'a' }, text),
  cities: [
    { name: 'Helsinki', region: 'Uusimaa', post: ['001', '002', '003', '005', '007', '008'], area: ['9'], weight: 20, of: 'Helsingin' },
    { name: 'Espoo', region: 'Uusimaa', post: ['021', '022', '026'], area: ['9'], weight: 10, of: 'Espoon' },
    { name: 'Vantaa', region: 'Uusimaa', post: ['013', '014', '015'], area: ['9'], weight: 8, of: 'Vantaan' },
    { name: 'Tampere', region: 'Pirkanmaa', post: ['331', '332', '335', '337'], area: ['3'], weight: 12, of: 'Tampereen' },
    { name: 'Turku', region: 'Varsinais-Suomi', post: ['201', '203', '205', '207'], area: ['2'], weight: 8, of: 'Turun' },
    { name: 'Oulu', region: 'Pohjois-Pohjanmaa', post: ['901', '904', '905'], area: ['8'], weight: 8, of: 'Oulun' },
    { name: 'Jyväskylä', region: 'Keski-Suomi', post: ['401', '403', '405'], area: ['14'], weight: 6, of: 'Jyväskylän' },
    { name: 'Lahti', region: 'Päijät-Häme', post: ['151', '152', '155'], area: ['3'], weight: 5, of: 'Lahden' },
    { name: 'Kuopio', region: 'Pohjois-Savo', post: ['701', '702', '704'], area: ['17'], weight: 5, of: 'Kuopion' },
    { name: 'Pori', region: 'Satakunta', post: ['281', '283'], area: ['2'], weight: 3, of: 'Porin' },
    { name: 'Joensuu', region: 'Pohjois-Karjala', post: ['801', '802'], area: ['13'], weight: 3, of: 'Joensuun' },
    { name: 'Vaasa', region: 'Pohjanmaa', post: ['651', '652'], area: ['6'], weight: 3, of: 'Vaasan' },
    { name: 'Lappeenranta', region: 'Etelä-Karjala', post: ['531', '535'], area: ['5'], weight: 3, of: 'Lappeenrannan' },
    { name: 'Rovaniemi', region: 'Lappi', post: ['961', '963'], area: ['16'], weight: 2, of: 'Rovaniemen' },
    { name: 'Seinäjoki', region: 'Etelä-Pohjanmaa', post: ['601', '605'], area: ['6'], weight: 3, of: 'Seinäjoen' },
    { name: 'Hämeenlinna', region: 'Kanta-Häme', post: ['131', '132'], area: ['3'], weight: 2, of: 'Hämeenlinnan' },
  ],
  streets: STREETS,
  postcode: (random, city) => `${random.pick(city.post)}${random.int(0, 9)}0`,
  house(random, organisation) {
    const house = String(random.int(1, 90))
    if (organisation) return random.chance(0.2) ? `${house} ${random.pick(['A', 'B'])}` : house
    return random.chance(0.6) ? `${house} ${random.pick(['A', 'B', 'C'])} ${random.int(1, 60)}` : house
  },
  industries: [
    { key: 'construction', label: 'Rakentaminen', weight: 24, name: oneOf(family('Rakennus'), local('Rakennuspalvelu'), (r) => `${brand(r)}-Rakenne`, families('Rakennus', 'Rakennusliike')) },
    { key: 'finishing', label: 'Remontointi ja sisätyöt', weight: 14, name: oneOf(family('Remontti'), (r) => `Maalausliike ${brand(r)}`, families('Maalaus', 'Maalausliike'), local('Sisustusremontti')) },
    { key: 'housing', label: 'Kiinteistöhuolto', weight: 12, name: oneOf(family('Kiinteistöhuolto'), local('Kiinteistöpalvelu'), (r) => `${brand(r)}-Huolto`) },
    { key: 'automotive', label: 'Autokorjaamot', weight: 9, name: oneOf(family('Autohuolto'), local('Autokorjaamo'), (r) => `Auto-${brand(r)}`) },
    { key: 'furniture', label: 'Huonekalut ja puutyöt', weight: 8, name: oneOf(family('Puusepänliike'), (r) => `${brand(r)}-Kaluste`, families('Puutyö', 'Puusepänverstas')) },
    { key: 'agriculture', label: 'Maatalous', weight: 7, name: oneOf(family('Maatila'), (r) => `${brand(r)}-Viljat`, families('Puutarha', 'Puutarha')) },
    { key: 'retail', label: 'Vähittäiskauppa', weight: 9, name: oneOf(family('Rautakauppa'), local('Rauta'), (r) => `${brand(r)}-Tarvike`) },
    { key: 'manufacturing', label: 'Teollisuus', weight: 10, name: oneOf(family('Konepaja'), local('Konepaja'), (r) => `${brand(r)}-Metalli`, (r) => `${brand(r)} Tekniikka`) },
    { key: 'logistics', label: 'Kuljetus ja varastointi', weight: 7, name: oneOf(family('Kuljetusliike'), families('Kuljetus', 'Kuljetus'), (r) => `${brand(r)}-Logistiikka`) },
  ],
  forms: [
    { key: 'Oy', weight: 74, wrap: (name) => `${name} Oy` },
    { key: 'Ky', weight: 7, wrap: (name) => `${name} Ky` },
    { key: 'Ay', weight: 3, wrap: (name) => `${name} Ay` },
    { key: 'Tmi', weight: 16, sole: true, wrap: (_, person) => `Tmi ${person.given} ${person.family}` },
  ],
  soleName: (person) => `Tmi ${person.given} ${person.family}`,
  mobile: (random) => `+358${random.pick(['40', '41', '44', '45', '46', '50'])}${random.int(2, 8)}${random.digits(6)}`,
  landline: (random, city) => `+358${random.pick(city.area)}${random.int(2, 8)}${random.digits(6)}`,
  teams: ['Myynti, Etelä-Suomi', 'Myynti, muu Suomi'],
  positions: { administrator: 'IT-vastaava', head: 'Myyntipäällikkö', manager: 'Myyjä', accountant: 'Kirjanpitäjä', observer: 'Johdon assistentti' },
  soleRole: 'Yrittäjä',
  contactRoles: [
    { label: 'Toimitusjohtaja', weight: 24 }, { label: 'Ostaja', weight: 30 }, { label: 'Kirjanpitäjä', weight: 14 }, { label: 'Työmaamestari', weight: 14 },
    { label: 'Tuotantopäällikkö', weight: 9 }, { label: 'Varastonhoitaja', weight: 9 },
  ],
  sources: [
    { key: 'site', label: 'Verkkosivut', weight: 28 }, { key: 'call', label: 'Puhelu', weight: 22 }, { key: 'recommendation', label: 'Suosittelu', weight: 20 },
    { key: 'exhibition', label: 'Messut', weight: 10 }, { key: 'advertising', label: 'Mainos', weight: 10 }, { key: 'email', label: 'Sähköposti', weight: 10 },
  ],
  mailboxes: ['info', 'toimisto', 'asiakaspalvelu', 'laskutus'],
  tags: ['Maksuaika 30 pv', 'Nouto', 'Kilpailutus', 'Verkkolasku', 'Vuosisopimus', 'Kanta-asiakas', 'Työmaatoimitus'],
  categories: {
    power: 'Sähkötyökalut', hand: 'Käsityökalut', fasteners: 'Kiinnikkeet', workwear: 'Työvaatteet ja suojaimet',
    paints: 'Maalit ja tiivisteet', electrical: 'Sähkötarvikkeet', ladders: 'Tikkaat ja säilytys', garden: 'Piha ja siivous',
  },
  units: { pcs: 'kpl', pack: 'pkt', m: 'm', l: 'l', pair: 'pari', set: 'sarja', roll: 'rll' },
  titles: {
    power: ['Sähkötyökalut työmaalle', 'Porakoneet ja poravasarat', 'Työkalujen uusiminen', 'Akkukoneet asentajille'],
    hand: ['Käsityökalut verstaalle', 'Työkalusarjat', 'Huoltoauton varustelu'],
    fasteners: ['Kiinnikkeet työmaalle', 'Ruuvit ja ankkurit', 'Kiinnikevaraston täydennys', 'Kuukausitoimitus'],
    workwear: ['Työvaatteet kaudelle', 'Kypärät ja käsineet', 'Varusteet uusille työntekijöille'],
    paints: ['Julkisivumaalit', 'Saumat ja vaahdot', 'Sisämaalaus', 'Varaston maalaus'],
    electrical: ['Kaapelit ja kytkimet', 'Hallin valaistus', 'Toimiston sähkötarvikkeet', 'Jatkojohdot työmaalle'],
    ladders: ['Varastohyllyt', 'Tikkaat ja telineet', 'Työkalujen säilytys'],
    garden: ['Pihanhoidon tarvikkeet', 'Kevään pihatyöt', 'Talven lumityöt'],
  },
  delivery: 'Toimitus',
  comments: [
    'Pyytävät soittamaan tuntia ennen toimitusta.', 'Lasku verkkolaskuna, viitteeksi työmaan numero.', 'Toimitus suoraan työmaalle, portti auki klo 7–15.', 'Vertaavat toiseen toimittajaan, vastaus viikon loppuun mennessä.',
    'Pyysivät alennusta isommasta erästä.', 'Nouto varastolta, kuljettaja tulee aamulla.', 'Tilausvahvistus lähetetty, odotetaan kuittausta.', 'Osa tuotteista jälkitoimituksena.',
  ],
  problems: [
    { text: 'Toimituksesta puuttui kaksi pakettia', solution: 'Toimitettiin seuraavassa kuormassa' },
    { text: 'Pakkaus vaurioitui kuljetuksessa', solution: 'Vaihdettiin kuljetusliikkeen kustannuksella' },
    { text: 'Laskun viite oli väärä', solution: 'Lasku lähetettiin uudelleen' },
    { text: 'Tehtaan toimitus viivästyi', solution: 'Sovittiin uusi päivä ja annettiin alennus' },
    { text: 'Työvaatteiden koko ei sopinut', solution: 'Vaihdettiin varastolla' },
    { text: 'Maksu myöhästyi viikon', solution: 'Maksettiin muistutuksen jälkeen' },
  ],
  lossReasons: [
    { key: 'price', label: 'Liian kallis', weight: 32 }, { key: 'competitor', label: 'Valitsivat toisen toimittajan', weight: 24 }, { key: 'no_stock', label: 'Ei varastossa', weight: 14 },
    { key: 'no_need', label: 'Hankinta siirtyi', weight: 16 }, { key: 'no_answer', label: 'Ei enää vastannut', weight: 14 },
  ],
}
