import { definePlugin } from '@kartotek/sdk'
import { sdl, resolvers } from './graphql.ts'
import { received } from './received.ts'
import { settings } from './settings.ts'
import { signalObject } from './signal.object.ts'
import { keepSignal } from './signal.job.ts'

/** Takes signals of another system by a webhook and keeps each at the client that it is about. */
export default definePlugin({
  id: 'my-plugin',
  version: '0.1.0',
  compat: { sdk: '^0.1' },
  // What administrators and rights call it; `ru`, `uk` and `fi` besides, where you can.
  label: { en: 'My plugin' },
  settings,

  // What its background code may do; its own objects need no mention.
  needs: { client: ['read'] },

  objects: [signalObject],
  http: [received],
  jobs: { keepSignal },
  graphql: { typeDefs: sdl, resolvers },
  // A tab on the client's card; built by `npm run build`.
  web: './web/dist/index.js',
})
