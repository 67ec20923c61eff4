import { expect, it } from 'vitest'
import { loggedPath } from './logged-path.ts'

it('leaves out what is a secret in a path', () => {
  expect(['/calendar/abc.ics', '/plugins/telephony/binotel/abc', '/Plugins/telephony/mango/events/call', '//plugins/telephony/binotel/abc', '/plugins/telephony/twilio', '/graphql', '/clients/1'].map(loggedPath)).toEqual([
    '/calendar/…', '/plugins/telephony/binotel/…', '/Plugins/telephony/mango/…', '/plugins/telephony/binotel/…', '/plugins/telephony/twilio', '/graphql', '/clients/1',
  ])
})
