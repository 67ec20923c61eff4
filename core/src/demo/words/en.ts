import type { Random } from '../random.ts'
import { transliterate } from './pack.ts'
import type { City, Pack, PersonName } from './pack.ts'

const MEN = 'Adam Alan Andrew Ben Chris Colin Daniel David Edward Gareth George Graham Harry Ian Jack James Jonathan Keith Liam Luke Mark Martin Matthew Michael Neil Oliver Paul Peter Richard Robert Sam Simon Stephen Stuart Thomas William'.split(' ')
const WOMEN = 'Alice Amanda Amy Angela Anna Beth Caroline Charlotte Claire Deborah Elizabeth Emily Emma Fiona Gemma Hannah Helen Jane Jennifer Joanne Julie Karen Kate Laura Lisa Louise Lucy Megan Nicola Rachel Rebecca Samantha Sarah Sophie Susan Victoria'.split(' ')
const FAMILIES = ('Smith Jones Taylor Brown Williams Wilson Johnson Davies Robinson Wright Thompson Evans Walker White Roberts Green Hall Wood Jackson Clarke Harris Clark Turner Cooper ' +
  'Hill Ward Morris Moore Lee King Watson Baker Harrison Morgan Patel Young Allen Mitchell Phillips Parker Bennett Carter Collins Cook Bailey Shaw Murphy Bell Richardson Cox Marshall ' +
  'Price Wilkinson Foster Barker Palmer Webb Dixon Hunt Holmes Mason Rogers Gibson Knight Fletcher Hudson Barnes Chapman Atkinson Khan Begum Fraser Campbell Stewart Murray Reid ' +
  'Hughes Lloyd Griffiths Doyle Pearson Lawson Brooks Spencer Dawson Hargreaves').split(' ')
const BRANDS = ('Northgate Oakfield Riverside Highfield Kingsway Ashdown Meadowbank Castle Beacon Westbrook Fairview Greenway Hillcrest Lakeside Orchard Pinewood Redwood Abbey Albion Anchor Bridgeford ' +
  'Caledonian Cotswold Crown Eastgate Falcon Grange Hawthorn Ironbridge Kestrel Lindum Mercia Pennine Phoenix Priory Ridgeway Severn Stonebridge Summit Tudor Wessex Wharfedale Windmill').split(' ')
const STREETS = ('High Street|Station Road|Church Lane|Mill Lane|Park Road|Victoria Road|London Road|Queen Street|King Street|Manor Road|Green Lane|Bridge Street|Albert Road|Springfield Road|' +
  'Industrial Way|Trading Estate Road|Canal Street|Foundry Lane|Wharf Road|Brunel Way|Enterprise Way|Kingfisher Court|Orchard Close|West Street|Broad Lane|Chapel Street').split('|')

type Pattern = (random: Random, city: City, person: PersonName) => string
const oneOf = (...patterns: Pattern[]): Pattern => (random, city, person) => random.pick(patterns)(random, city, person)
const brand = (what: string): Pattern => (random) => `${random.pick(BRANDS)} ${what}`
const local = (what: string): Pattern => (_, city) => `${city.name} ${what}`
const family = (what: string): Pattern => (_, __, person) => `${person.family} ${what}`
const sons: Pattern = (random, _, person) => `${person.family} & ${random.chance(0.7) ? 'Sons' : random.pick(FAMILIES)}`

/** Fixed lines that Ofcom keeps for film and drama, so that nobody is called; they are few, so big companies repeat them. */
const DRAMA: Record<string, string> = { 20: '2079460', 29: '2920180', 191: '1914980' }

export const en: Pack = {
  locale: 'en', country: 'GB', currency: 'GBP', rate: 0.86, priceStep: 0.05, utcOffset: 0,
  company: { name: 'Workbench Trade Supplies', legalName: 'Workbench Trade Supplies Ltd', domain: 'workbench.example.com' },
  person(random, female = random.chance(0.4)) {
    return { female, given: random.pick(female ? WOMEN : MEN), middle: '', family: random.pick(FAMILIES) }
  },
  fullName: (person) => `${person.given} ${person.family}`,
  latin: (text) => transliterate({ '&': 'and' }, text),
  cities: [
    { name: 'London', region: 'Greater London', post: ['E', 'N', 'SE', 'SW', 'W'], area: ['20'], weight: 22 },
    { name: 'Manchester', region: 'Greater Manchester', post: ['M'], area: ['161'], weight: 10 },
    { name: 'Birmingham', region: 'West Midlands', post: ['B'], area: ['121'], weight: 10 },
    { name: 'Leeds', region: 'West Yorkshire', post: ['LS'], area: ['113'], weight: 7 },
    { name: 'Bristol', region: 'Bristol', post: ['BS'], area: ['117'], weight: 6 },
    { name: 'Sheffield', region: 'South Yorkshire', post: ['S'], area: ['114'], weight: 5 },
    { name: 'Liverpool', region: 'Merseyside', post: ['L'], area: ['151'], weight: 5 },
    { name: 'Glasgow', region: 'Scotland', post: ['G'], area: ['141'], weight: 6 },
    { name: 'Edinburgh', region: 'Scotland', post: ['EH'], area: ['131'], weight: 5 },
    { name: 'Cardiff', region: 'Wales', post: ['CF'], area: ['29'], weight: 4 },
    { name: 'Newcastle upon Tyne', region: 'Tyne and Wear', post: ['NE'], area: ['191'], weight: 4 },
    { name: 'Leicester', region: 'Leicestershire', post: ['LE'], area: ['116'], weight: 4 },
    { name: 'Reading', region: 'Berkshire', post: ['RG'], area: ['118'], weight: 4 },
  ],
  streets: STREETS,
  postcode: (random, city) => `${random.pick(city.post)}${random.int(1, 19)} ${random.int(1, 9)}${random.pick([...'ABDEFGHJLNPQRSTUWXYZ'])}${random.pick([...'ABDEFGHJLNPQRSTUWXYZ'])}`,
  house: (random, organisation) => organisation && random.chance(0.35) ? `Unit ${random.int(1, 24)}` : String(random.int(1, 180)),
  industries: [
    { key: 'construction', label: 'Construction', weight: 24, name: oneOf(family('Builders'), sons, brand('Construction'), local('Building Contractors')) },
    { key: 'finishing', label: 'Refurbishment', weight: 14, name: oneOf(brand('Interiors'), family('Decorators'), local('Plastering'), brand('Refurbishment')) },
    { key: 'housing', label: 'Property maintenance', weight: 12, name: oneOf(brand('Property Services'), brand('Facilities'), local('Property Care')) },
    { key: 'automotive', label: 'Garages', weight: 9, name: oneOf(family('Motors'), brand('Garage'), local('Auto Centre')) },
    { key: 'furniture', label: 'Furniture and joinery', weight: 9, name: oneOf(local('Joinery'), family('Joinery'), brand('Kitchens')) },
    { key: 'agriculture', label: 'Farming', weight: 7, name: oneOf(brand('Farm'), family('Farms'), brand('Nurseries')) },
    { key: 'retail', label: 'Retail', weight: 9, name: oneOf(family('Hardware'), local('DIY Centre'), brand('Home & Garden')) },
    { key: 'manufacturing', label: 'Manufacturing', weight: 10, name: oneOf(brand('Engineering'), family('Fabrications'), local('Metalworks')) },
    { key: 'logistics', label: 'Logistics', weight: 6, name: oneOf(family('Haulage'), brand('Logistics'), local('Storage')) },
  ],
  forms: [
    { key: 'Ltd', weight: 78, wrap: (name) => `${name} Ltd` },
    { key: 'LLP', weight: 4, wrap: (name) => `${name} LLP` },
    { key: 'sole', weight: 18, sole: true, wrap: (name) => name },
  ],
  soleName: (person, random) => `${person.given} ${person.family} ${random.pick(['Plumbing', 'Carpentry', 'Electrical', 'Decorating', 'Roofing', 'Gardens', 'Tiling', 'Repairs'])}`,
  mobile: (random) => `+447${random.pick(['400', '450', '520', '710', '780', '860'])}${random.digits(6)}`,
  landline(random, city) {
    const area = city.area[0]!
    return `+44${DRAMA[area] ?? `${area}4960`}${random.digits(3)}`
  },
  teams: ['Sales, South', 'Sales, North'],
  positions: { administrator: 'IT Manager', head: 'Head of Sales', manager: 'Account Manager', accountant: 'Accountant', observer: 'Office Assistant' },
  soleRole: 'Owner',
  contactRoles: [
    { label: 'Director', weight: 24 }, { label: 'Buyer', weight: 30 }, { label: 'Accounts Assistant', weight: 14 }, { label: 'Site Manager', weight: 14 },
    { label: 'Works Manager', weight: 9 }, { label: 'Storekeeper', weight: 9 },
  ],
  sources: [
    { key: 'site', label: 'Website', weight: 28 }, { key: 'call', label: 'Phone call', weight: 22 }, { key: 'recommendation', label: 'Recommendation', weight: 20 },
    { key: 'exhibition', label: 'Trade show', weight: 8 }, { key: 'advertising', label: 'Advertising', weight: 12 }, { key: 'email', label: 'E-mail', weight: 10 },
  ],
  mailboxes: ['info', 'office', 'enquiries', 'accounts'],
  tags: ['30 days terms', 'Collects', 'Tenders', 'Paperless invoices', 'Asks for samples', 'Key account', 'Site deliveries'],
  categories: {
    power: 'Power tools', hand: 'Hand tools', fasteners: 'Fixings', workwear: 'Workwear and PPE',
    paints: 'Paints and sealants', electrical: 'Electrical', ladders: 'Ladders and storage', garden: 'Garden and cleaning',
  },
  units: { pcs: 'pcs', pack: 'pack', m: 'm', l: 'l', pair: 'pair', set: 'set', roll: 'roll' },
  titles: {
    power: ['Power tools for the site team', 'Drills and rotary hammers', 'Tool replacement', 'Cordless kit for fitters'],
    hand: ['Workshop hand tools', 'Tool kits', 'Service van kit'],
    fasteners: ['Fixings for site', 'Screws and anchors', 'Fixings stock top-up', 'Monthly fixings order'],
    workwear: ['Workwear for the season', 'Helmets and gloves', 'Kit for new starters'],
    paints: ['Exterior paint', 'Sealants and foam', 'Decorating materials', 'Warehouse repaint'],
    electrical: ['Cable and breakers', 'Warehouse lighting', 'Office electrics', 'Extension leads for site'],
    ladders: ['Warehouse shelving', 'Ladders and steps', 'Tool storage'],
    garden: ['Grounds maintenance kit', 'Spring garden order', 'Winter: shovels and grit'],
  },
  delivery: 'Delivery',
  comments: [
    'Please call an hour before delivery.', 'Purchase order number needed on the invoice.', 'Deliver straight to site, gate closes at 4 pm.', 'Comparing with another supplier, wants an answer by Friday.',
    'Asked for a discount on larger quantities.', 'Collection from the warehouse by their driver.', 'Order confirmation sent, waiting for sign-off.', 'Part of the order to follow.',
  ],
  problems: [
    { text: 'Two packs short on delivery', solution: 'Sent with the next van' },
    { text: 'Packaging damaged in transit', solution: 'Replaced at the carrier’s cost' },
    { text: 'Wrong reference on the invoice', solution: 'Invoice reissued' },
    { text: 'Late supply from the factory', solution: 'New date agreed, discount given' },
    { text: 'Workwear in the wrong size', solution: 'Exchanged at the warehouse' },
    { text: 'Payment a week late', solution: 'Paid after a reminder' },
  ],
  lossReasons: [
    { key: 'price', label: 'Too expensive', weight: 32 }, { key: 'competitor', label: 'Chose another supplier', weight: 24 }, { key: 'no_stock', label: 'Out of stock', weight: 14 },
    { key: 'no_need', label: 'Purchase postponed', weight: 16 }, { key: 'no_answer', label: 'Stopped answering', weight: 14 },
  ],
}
