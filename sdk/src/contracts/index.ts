/**
 * What one part of Kartotek asks of another: the contracts of the core.
 * @module @kartotek/sdk/contracts
 */
export * from './accounting-exchange.ts'
export * from './document-template.ts'
export * from './file-storage.ts'
export * from './identity-provider.ts'
export * from './message-channel.ts'
export * from './telephony.ts'
// A channel of notifications is no service that is asked for: a plugin names it in `notificationChannels`. Its types are found here all the same.
export type { NotificationBatch, NotificationChannel, ShownNotification } from '../notification.ts'
