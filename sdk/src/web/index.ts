/**
 * What the web part of a plugin may import. At run time the app itself answers to this name, by its import map; what stands here
 * is the contract.
 * @module @kartotek/sdk/web
 */
export * from './composables.ts'
export * from './plugin.ts'
export * from './slots.ts'
