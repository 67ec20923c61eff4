import type { PluginDefinition } from '@kartotek/sdk'
import { loadConfig } from '../config/index.ts'
import { openDatabase } from '../database/index.ts'
import { startServer } from '../main.ts'
import type { TestCrm } from './crm.ts'
import { testLog } from './index.ts'
import { TEST_SECRET } from './test-server.ts'

/** One more server over the database and the data directory of a test, as `kartotek start` makes it. */
export interface TestNode {
  url: string
  /** One operation over HTTP, with the headers of who asks. */
  ask(headers: Record<string, string>, query: string, variables?: object): Promise<TestAnswer>
  /** Signs in with address and password. @returns the headers of the session */
  signIn(email: string, password: string): Promise<{ cookie: string }>
  close(): Promise<void>
}
export interface TestAnswer {
  status: number
  text: string
  // Results are whatever the test asks for.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  data: any
  errors?: { message: string, extensions: { code: string } & Record<string, unknown> }[]
}

export async function testNode({ kartotek, dataDir }: TestCrm, env: Record<string, string> = {}, plugins?: readonly (string | PluginDefinition)[]): Promise<TestNode> {
  const config = loadConfig({ DATABASE_URL: kartotek.db.url, KARTOTEK_DATA_DIR: dataDir, KARTOTEK_SECRET: TEST_SECRET, PORT: '0', ...env })
  // A process takes plugins by their places only; here they may be as they are.
  const { url, close } = await startServer(plugins ? { ...config, plugins: plugins as string[] } : config, await openDatabase(config, testLog), { log: testLog })
  const post = (path: string, headers: Record<string, string>, body: object): Promise<Response> =>
    fetch(`${url}${path}`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: JSON.stringify(body) })
  return {
    url, close,
    async ask(headers, query, variables) {
      const response = await post('/graphql', headers, { query, ...(variables && { variables }) })
      const text = await response.text()
      return { status: response.status, text, ...JSON.parse(text) as object } as TestAnswer
    },
    async signIn(email, password) {
      const response = await post('/auth/sign-in', {}, { email, password })
      const cookie = response.headers.getSetCookie()[0]?.split(';')[0]
      if (!cookie) throw new Error(`${email} could not sign in: ${await response.text()}`)
      return { cookie }
    },
  }
}
