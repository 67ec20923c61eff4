import { registerHooks } from 'node:module'

let done = false

/**
 * Gives plugins the SDK of this core, whatever copy they were installed with, or none: its errors and contracts are told by their
 * identity. `@kartotek/sdk/web` is the browser's.
 */
export function shareSdk(): void {
  if (done) return
  done = true
  registerHooks({
    resolve: (specifier, context, next) => next(specifier, /^@kartotek\/sdk(\/contracts)?$/.test(specifier) ? { ...context, parentURL: import.meta.url } : context),
  })
}
