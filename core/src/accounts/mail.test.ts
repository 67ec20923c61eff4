import type { AddressInfo } from 'node:net'
import { SMTPServer } from 'smtp-server'
import { afterAll, expect, it } from 'vitest'
import { linkLetter, smtpSender } from './mail.ts'

const received: { from: string, to: string[], text: string }[] = []
const server = new SMTPServer({
  authOptional: true, disabledCommands: ['STARTTLS'],
  onData(stream, session, done) {
    let text = ''
    stream.on('data', (chunk: Buffer) => { text += chunk.toString('utf8') })
    stream.on('end', () => {
      received.push({ from: session.envelope.mailFrom ? session.envelope.mailFrom.address : '', to: session.envelope.rcptTo.map((to) => to.address), text })
      done()
    })
  },
})
await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })
afterAll(() => new Promise<void>((resolve) => { server.close(() => { resolve() }) }))
const port = (server.server.address() as AddressInfo).port

it('sends through SMTP_URL, to one address only', async () => {
  const send = smtpSender(`smtp://127.0.0.1:${port}`, 'https://crm.example.com')
  await send({ to: 'anna@example.com', ...linkLetter('reset', { name: 'Анна', url: 'https://crm.example.com/reset#token=abc' }, 'ru') })
  expect(received[0]).toMatchObject({ from: 'kartotek@crm.example.com', to: ['anna@example.com'] })
  await send({ to: 'eve@example.com, anna@example.com', subject: 'x', text: 'x' }).catch(() => undefined)
  expect(received.flatMap((mail) => mail.to).filter((to) => to === 'anna@example.com')).toHaveLength(1)
})

it('takes the sender from the URL', async () => {
  await smtpSender(`smtp://127.0.0.1:${port}/?from=crm@firma.example`, 'http://localhost:3000')({ to: 'anna@example.com', subject: 'x', text: 'x' })
  expect(received.at(-1)?.from).toBe('crm@firma.example')
})

it('lets a name neither break the letter nor add a line to it', () => {
  const { text } = linkLetter('invitation', { name: 'Eve\r\n\r\nhttps://evil.example {url}', url: 'https://crm.example.com/x' }, 'en')
  expect(text).toContain('Hello Eve https://evil.example {url},')
  expect(text.split('\n').filter((line) => line.startsWith('http'))).toEqual(['https://crm.example.com/x'])
})

it('rejects where the server does not answer', async () => {
  await expect(smtpSender('smtp://127.0.0.1:1', 'http://localhost:3000')({ to: 'a@example.com', subject: 'x', text: 'x' })).rejects.toThrow()
})
