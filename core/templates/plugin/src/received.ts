import { s, webhook } from '@kartotek/sdk'
import type { Settings } from './settings.ts'

const input = s.object({ id: s.string({ maxLength: 100 }), client: s.string({ maxLength: 255 }), text: s.string({ maxLength: 255 }) })

/** POST /plugins/my-plugin/signals: verified, stored, answered at once; then it runs as a job, at least once. */
export const received = webhook({
  path: '/signals',
  verify: webhook.hmac<Settings>({ header: 'x-signature', secret: 'secret' }),
  input,
  idempotencyKey: (signal) => signal.id,
  run: (signal, ctx) => ctx.enqueue('keepSignal', signal, { key: signal.id }),
})
