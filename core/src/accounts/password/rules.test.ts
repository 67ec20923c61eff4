import { describe, expect, it } from 'vitest'
import { hashPassword, verifyPassword } from './hash.ts'
import { checkPassword } from './rules.ts'

const context = ['Иван Петров', 'ivan.petrov@romashka.example', 'Ромашка']
const ruleOf = (password: string) => checkPassword(password, context, 'en').then(() => 'accepted', (error: { fields: { rule: string }[] }) => error.fields[0]?.rule)

describe('a password', () => {
  it.each([
    ['short', 'minLength'], ['123456789', 'minLength'], ['я'.repeat(9), 'minLength'], ['x y'.repeat(100), 'maxLength'],
    ['1234567890', 'common'], ['qwertyuiop', 'common'], ['password123', 'common'], ['Password123!', 'common'], ['PASSWORD2026', 'common'],
    ['пароль12345', 'common'], ['йцукенгшщз', 'common'], ['Gfhjkm12345', 'common'], ['salasana123', 'common'], ['aaaaaaaaaaaa', 'common'],
    ['abababababab', 'common'], ['abcdefghijkl', 'common'], ['0987654321!', 'common'], ['basketball', 'common'],
    ['kartotek2026', 'context'], ['Картотека1', 'context'], ['petrov12345', 'context'], ['ivan.petrov@romashka.example', 'context'], ['РомашкаРомашка', 'context'],
  ])('%s is refused: %s', async (password, rule) => {
    expect(await ruleOf(password)).toBe(rule)
  })

  it.each(['horse battery staple', 'снег над гаванью', 'lumi sataman yllä', 'k7#Vw9-pQz', 'petrov likes quiet mornings', `${'long '.repeat(12)}phrase`, 'я люблю тишину'])(
    '%s is accepted', async (password) => { expect(await ruleOf(password)).toBe('accepted') })

  it('is refused in the language of the person, with what to do', async () => {
    await expect(checkPassword('short', [], 'fi')).rejects.toThrow('Salasana on liian lyhyt: vähintään 10 merkkiä.')
    await expect(checkPassword('petrov12345', context, 'ru')).rejects.toThrow('«petrov»')
  })

  it('counts to its last character and is verified exactly', async () => {
    const long = 'a phrase that goes on and on '.repeat(6)
    const hash = await hashPassword(long)
    expect(hash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
    expect(await verifyPassword({ hash, password: long })).toBe(true)
    expect(await verifyPassword({ hash, password: `${long.slice(0, -1)}x` })).toBe(false)
    expect(await verifyPassword({ hash, password: long.toUpperCase() })).toBe(false)
  })
})
