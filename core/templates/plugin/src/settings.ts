import { s, type Infer } from '@kartotek/sdk'

export const settings = s.object({
  // Empty: nobody is let in. Encrypted in the database, and never given back.
  secret: s.optional(s.secret({
    title: { en: 'Secret of the webhook', ru: 'Секрет вебхука', uk: 'Секрет вебхука', fi: 'Webhookin salaisuus' },
  })),
})
export type Settings = Infer<typeof settings>
