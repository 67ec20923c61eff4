import type { FieldDefinition } from '@kartotek/sdk'

/** On clients, in the API as `client { hello { favouriteGreeting } }`. */
export const favouriteGreeting: FieldDefinition = {
  name: 'favouriteGreeting',
  type: 'text',
  maxLength: 60,
  label: { en: 'Favourite greeting', ru: 'Любимое приветствие', uk: 'Улюблене привітання', fi: 'Mieluisin tervehdys' },
  help: {
    en: 'How this client likes to be greeted.', ru: 'Как клиент любит, чтобы с ним здоровались.',
    uk: 'Як клієнт любить, щоб із ним віталися.', fi: 'Miten asiakas haluaa itseään tervehdittävän.',
  },
}
