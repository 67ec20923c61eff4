// `@kartotek/core/testing` as authors of plugins install it: the types, for their editor. `kartotek plugin test` puts the core in its place.
import type { PluginCrm, TestCrmOptions } from './plugin-crm.ts'

export { signed, type SignedHmac } from './signed.ts'
export type * from './plugin-crm.ts'

/**
 * A whole core on a real database, without a web server. Call it at the top of a test file, and `close` after.
 *
 * @example
 * const crm = await testCrm({ plugins: [plugin], settings: { telephony: { key: 'k' } } })
 * afterAll(() => crm.close())
 */
export function testCrm(_options?: TestCrmOptions): Promise<PluginCrm> {
  throw new Error('Run the tests by `kartotek plugin test`: the core under test is that of your installation.')
}
