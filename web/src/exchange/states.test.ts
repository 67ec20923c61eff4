import { createSSRApp, h } from 'vue'
import { renderToString } from 'vue/server-renderer'
import { expect, it } from 'vitest'
import { createI18n } from 'vue-i18n'
import ru from '../i18n/locales/ru/exchange.json'
import { pluralRules } from '../i18n/plural.ts'
import { useImportState } from './states.ts'

async function told(job: Parameters<ReturnType<typeof useImportState>>[0]): Promise<string> {
  const app = createSSRApp({
    setup() {
      const { color, label } = useImportState()(job)
      return () => h('p', `${color}: ${label}`)
    },
  })
  app.use(createI18n({ legacy: false, locale: 'ru', messages: { ru }, pluralRules }))
  return (await renderToString(app)).replace(/<[^>]+>/g, '')
}

it('says of an import that was undone how many of its records stayed', async () => {
  expect(await told({ state: 'DONE', undone: true, keptRecords: 0 })).toBe('neutral: Отменено')
  expect(await told({ state: 'DONE', undone: true, keptRecords: 21 })).toBe('warning: Отменено, кроме 21 записи')
  expect(await told({ state: 'CANCELLED', undone: true, keptRecords: 3 })).toBe('warning: Отменено, кроме 3 записей')
})
