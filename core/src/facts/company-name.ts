/** Short legal forms of the four home countries and their neighbours, in upper case. Latin OOO and AO are common slips. */
const FORMS = new Set(('ООО АО ПАО НАО ЗАО ОАО ИП ГУП МУП АНО ФГУП ФГБУ НКО ТСЖ OOO AO ' +
  'ТОВ ПП ФОП АТ ПРАТ ПАТ ДП КП ОСББ ' +
  'OY OYJ AB ABP KY AY TMI OSK RY ' +
  'GMBH AG KG UG LTD LLC LLP INC PLC CORP CO SA SARL SAS SRL SPA BV NV AS APS OÜ SIA UAB LTDA').split(' '))

/** Long forms, longest first, in the spelling after simplification. */
const LONG_FORMS = [
  'ОБЩЕСТВО С ОГРАНИЧЕННОЙ ОТВЕТСТВЕННОСТЬЮ', 'ПУБЛИЧНОЕ АКЦИОНЕРНОЕ ОБЩЕСТВО', 'ЗАКРЫТОЕ АКЦИОНЕРНОЕ ОБЩЕСТВО',
  'ОТКРЫТОЕ АКЦИОНЕРНОЕ ОБЩЕСТВО', 'НЕПУБЛИЧНОЕ АКЦИОНЕРНОЕ ОБЩЕСТВО', 'АКЦИОНЕРНОЕ ОБЩЕСТВО', 'ИНДИВИДУАЛЬНЫЙ ПРЕДПРИНИМАТЕЛЬ',
  'ТОВАРИСТВО З ОБМЕЖЕНОЮ ВІДПОВІДАЛЬНІСТЮ', 'ПУБЛІЧНЕ АКЦІОНЕРНЕ ТОВАРИСТВО', 'ПРИВАТНЕ АКЦІОНЕРНЕ ТОВАРИСТВО',
  'АКЦІОНЕРНЕ ТОВАРИСТВО', 'ПРИВАТНЕ ПІДПРИЄМСТВО', 'ФІЗИЧНА ОСОБА ПІДПРИЄМЕЦЬ', 'ДЕРЖАВНЕ ПІДПРИЄМСТВО',
  'JULKINEN OSAKEYHTIÖ', 'OSAKEYHTIÖ', 'AKTIEBOLAG', 'KOMMANDIITTIYHTIÖ', 'AVOIN YHTIÖ', 'TOIMINIMI', 'OSUUSKUNTA',
]

/**
 * The key under which company names are compared: upper case, ё → е, no quotes and punctuation, no legal form in front or
 * at the end, single spaces. A name that is nothing but a legal form stays itself. Rule C.14.
 * @example companyKey('ООО «Ромашка-Плюс»') === companyKey('Ромашка плюс, ООО') // 'РОМАШКА ПЛЮС'
 */
export function companyKey(name: string): string {
  const plain = simplify(name)
  let words = plain.split(' ')
  for (let changed = true; changed && words.length > 1;) {
    const rest = stripOnce(words)
    changed = rest.length < words.length && rest.length > 0
    if (changed) words = rest
  }
  return words.join(' ')
}

function simplify(name: string): string {
  return name.normalize('NFKC').toUpperCase().replaceAll('Ё', 'Е')
    .replace(/['’ʼ‘`´]/g, '')
    // Abbreviations with dots (О.О.О., S.A.) close up before punctuation becomes space.
    .replace(/(?<=(?:^|[^\p{L}])\p{L})\.(?=\p{L}(?:\.|$|[^\p{L}]))/gu, '')
    .replace(/[^\p{L}\p{N}]+/gu, ' ').trim()
}

function stripOnce(words: string[]): string[] {
  const text = words.join(' ')
  for (const form of LONG_FORMS) {
    if (text.startsWith(`${form} `)) return text.slice(form.length + 1).split(' ')
    if (text.endsWith(` ${form}`)) return text.slice(0, -form.length - 1).split(' ')
  }
  if (text.startsWith('AS OY ') || text.startsWith('ASUNTO OY ')) return words.slice(2)
  if (FORMS.has(words.at(-1)!)) return words.slice(0, -1)
  if (FORMS.has(words[0]!)) return words.slice(1)
  return words
}
