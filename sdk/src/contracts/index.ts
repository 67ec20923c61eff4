export * from './file-storage.ts'
export * from './identity-provider.ts'
export * from './message-channel.ts'
export * from './telephony.ts'
