/**
 * Plural forms by CLDR. vue-i18n's own rule suits languages with two forms; Russian and Ukrainian have three for whole
 * numbers (`one | few | many`), so messages there have three parts.
 */
function byCldr(locale: string, order: Record<string, number>, other: number) {
  const rules = new Intl.PluralRules(locale)
  return (count: number, forms: number) => Math.min(order[rules.select(count)] ?? other, forms - 1)
}

export const pluralRules = {
  en: byCldr('en', { one: 0 }, 1),
  fi: byCldr('fi', { one: 0 }, 1),
  ru: byCldr('ru', { one: 0, few: 1 }, 2),
  uk: byCldr('uk', { one: 0, few: 1 }, 2),
}
