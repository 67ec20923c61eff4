import { globSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { CATALOG } from './catalog.ts'
import { translate, translateError } from './translate.ts'

/** For programmers: names in the API, shapes of operations. They are English in every language. */
const FOR_PROGRAMMERS = /groupings|measures\.|measure |rows\.$|needs a field|levels deep|conditions\.|ordered by|cursor|first or last|A page holds|The type must be one of|is none of|Rules have no|Use \$|Idempotency-Key has|operation asks for|takes a text|Use \{|is reached|Rules look like|Capabilities are a list|An? (?:Decimal|filter)|process that fetched|names the record|is a UUID|is given more than once|is true or false|given by their ids|A channel is one of|Use a new key|A document has/

describe('messages of the core', () => {
  it('are translated wherever the code can say them to people', () => {
    const missing: string[] = []
    for (const file of globSync('core/src/{access,approvals,automation,bookkeeping,catalog,changes,clients,conditions,documents,duplicates,export,expressions,files,graphql,handover,import,intake,model,notifications,orders,outbound,people,pipelines,privacy,records,reports,retyping,segments,settings,spreadsheets,tasks,timeline,trash,views,webhooks,working-time}/**/*.ts').concat(globSync('core/src/plugins/{packages,tables}/*.ts'), globSync('core/src/plugins/{discovery,guards,load,order,routes,static-manifest,uninstall}.ts'), globSync('core/src/http/{error-answer,health,request-limits}.ts')).filter((f) => !f.includes('.test.') && !f.includes('filter-operators'))) {
      for (const match of readFileSync(file, 'utf8').matchAll(/(?:new \w+Error\(|invalid\([^,]+, '[\w.]+', |message: |keep\('\w+', [^,]+, )(['`])((?:\\.|(?!\1).)+)\1/g)) {
        let i = 0
        const said = match[2]!.replaceAll('\\', '').replace(/\$\{[^{}]*\}/g, () => `<${i++}>`)
        if (FOR_PROGRAMMERS.test(match[2]!) || !said.includes(' ')) continue
        if (!CATALOG.some(([en]) => en === said) && translate(said, 'ru') === said) missing.push(`${file}: ${match[2]}`)
      }
    }
    expect(missing).toEqual([])
  })

  it('have all four languages, each with the same values', () => {
    for (const [en, ...others] of CATALOG) {
      const values = new Set(en.match(/\{\d\}/g))
      for (const text of others) {
        expect(text.trim(), en).not.toBe('')
        for (const value of text.match(/\{\d\}/g) ?? []) expect(values, en).toContain(value)
      }
    }
  })

  it('are found with their values', () => {
    expect(translate('The field "tier" exists already.', 'ru')).toBe('Поле «tier» уже есть.')
    expect(translate('You may not change this client.', 'fi')).toBe('Sinulla ei ole oikeutta muuttaa tätä tietuetta.')
    expect(translate('What a plugin says.', 'uk')).toBe('What a plugin says.')
  })

  it('are told by what says most, where more than one fits', () => {
    expect(translate('There is no field "tier" on client that can be changed.', 'ru')).toBe('Поля «tier», которое можно изменить, нет.')
    expect(translate('There is no client 7.', 'ru')).toBe('Такой записи нет, или она вам недоступна.')
  })

  it('say the same of the whole as of its only field', () => {
    const message = 'There is no field "nowhere" that a formula could read.'
    const told = translateError({ message, extensions: { fields: [{ field: 'formula', rule: 'formulaField', params: { field: 'nowhere' }, message }] } }, 'ru')
    const russian = 'В формуле нет поля «nowhere», или его значения в формулах не используются.'
    expect(told).toMatchObject({ message: russian, extensions: { fields: [{ message: russian }] } })
  })
})
