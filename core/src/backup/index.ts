export { backup, type BackupOptions } from './backup.ts'
export type { Manifest, TableSum } from './manifest.ts'
export { restore, type Restored, type RestoreOptions } from './restore.ts'
