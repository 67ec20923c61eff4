import type { Labels } from '../model/types.ts'

/** Labels without empty languages, as the API stores them. */
export function cleanLabels(labels: Labels): Labels {
  return Object.fromEntries(Object.entries(labels).map(([language, text]) => [language, text?.trim()]).filter(([, text]) => text))
}
export const hasLabel = (labels: Labels): boolean => Object.keys(cleanLabels(labels)).length > 0

const LATIN: Record<string, string> = {
  а: 'a', б: 'b', в: 'v', г: 'g', ґ: 'g', д: 'd', е: 'e', ё: 'e', є: 'ye', ж: 'zh', з: 'z', и: 'i', і: 'i', ї: 'yi', й: 'y', к: 'k', л: 'l', м: 'm',
  н: 'n', о: 'o', п: 'p', р: 'r', с: 's', т: 't', у: 'u', ф: 'f', х: 'h', ц: 'ts', ч: 'ch', ш: 'sh', щ: 'shch', ы: 'y', э: 'e', ю: 'yu', я: 'ya',
  ä: 'a', ö: 'o', å: 'a',
}

/** An API name made of a label: `Срок доставки` → `srokDostavki`. Empty where nothing Latin can be made of it. */
export function nameFrom(text: string): string {
  const latin = [...text.toLowerCase()].map(letter => LATIN[letter] ?? letter).join('').normalize('NFKD').replace(/[\u0300-\u036f'’]/g, '')
  const words = latin.split(/[^a-z0-9]+/).filter(Boolean)
  const name = words.map((word, index) => index ? word.charAt(0).toUpperCase() + word.slice(1) : word).join('')
  return name.replace(/^[0-9]+/, '').slice(0, 40)
}

/** A key of an option: lower case, digits and underscores. */
export function keyFrom(text: string): string {
  return nameFrom(text).replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`).slice(0, 60)
}
