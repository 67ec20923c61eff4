import { definePlugin, type PluginDefinition } from '@kartotek/sdk'
import type { Home } from '../facts/phone.ts'
import type { Engine } from '../records/engine.ts'
import { refreshContactKeys } from './contact-keys.ts'

/** Keeps what contact points are recognised by in step with the rules; looks every few minutes whether they changed. */
export function contactKeysFeature(deps: { engine(): Engine, home(): Home, request(): Promise<void> }): PluginDefinition {
  return definePlugin({
    id: 'contact-keys',
    version: '1.0.0',
    schedules: [{ id: 'look', cron: '*/5 * * * *', run: () => deps.request() }],
    jobs: {
      refresh: {
        timeoutSeconds: 3_600,
        async run(_input, ctx) {
          const changed = await refreshContactKeys(deps.engine(), deps.home(), ctx.signal)
          if (changed) ctx.log.info({ changed }, 'contact points got the keys of the present rules')
        },
      },
    },
  })
}
