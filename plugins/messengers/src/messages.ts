import type { PluginContext } from '@kartotek/sdk'

/** What the plugin says to people, by the English text: `[ru, uk, fi]`. `{purpose}` is filled in. */
const MESSAGES = {
  'This person asked not to be written to.': ['Этот человек просил ему не писать.', 'Ця людина просила їй не писати.', 'Tämä henkilö on pyytänyt, ettei hänelle kirjoiteta.'],
  'This person has given no consent to messages for the purpose “{purpose}”.': ['Этот человек не давал согласия на сообщения с целью «{purpose}».', 'Ця людина не давала згоди на повідомлення з метою «{purpose}».', 'Tämä henkilö ei ole antanut suostumusta viesteihin käyttötarkoitukseen ”{purpose}”.'],
  'This person has withdrawn the consent to messages for the purpose “{purpose}”.': ['Этот человек отозвал согласие на сообщения с целью «{purpose}».', 'Ця людина відкликала згоду на повідомлення з метою «{purpose}».', 'Tämä henkilö on peruuttanut suostumuksensa viesteihin käyttötarkoitukseen ”{purpose}”.'],
} as const satisfies Record<string, readonly [ru: string, uk: string, fi: string]>

const PLACES = { ru: 0, uk: 1, fi: 2 } as const

/** The text in the language of who acts. */
export function say({ actor: { locale } }: Pick<PluginContext, 'actor'>, text: keyof typeof MESSAGES, purpose = ''): string {
  return (locale === 'en' ? text : MESSAGES[text][PLACES[locale]]).replace('{purpose}', purpose)
}
