import type { Migration } from './database/migration.ts'
import { migrations as access } from './access/migrations.ts'
import { migrations as accounts } from './accounts/migrations.ts'
import { migrations as automation } from './automation/migrations.ts'
import { migrations as changes } from './changes/migrations.ts'
import { migrations as duplicates } from './duplicates/migrations.ts'
import { migrations as events } from './events/migrations.ts'
import { migrations as exports } from './export/migrations.ts'
import { migrations as files } from './files/migrations.ts'
import { migrations as handover } from './handover/migrations.ts'
import { migrations as imports } from './import/migrations.ts'
import { migrations as intake } from './intake/migrations.ts'
import { migrations as jobs } from './jobs/migrations.ts'
import { migrations as model } from './model/migrations.ts'
import { migrations as notifications } from './notifications/migrations.ts'
import { migrations as pipelines } from './pipelines/migrations.ts'
import { migrations as plugins } from './plugins/migrations.ts'
import { migrations as privacy } from './privacy/migrations.ts'
import { migrations as retyping } from './retyping/migrations.ts'
import { migrations as reports } from './reports/migrations.ts'
import { migrations as settings } from './settings/migrations.ts'
import { migrations as tasks } from './tasks/migrations.ts'
import { migrations as views } from './views/migrations.ts'
import { migrations as webhooks } from './webhooks/migrations.ts'

/** All migrations of the core, in the order in which they are applied. New ones are added at the end of their room's list. */
export const migrations: Migration[] = [
  ...model, ...access, ...pipelines, ...changes, ...events, ...settings, ...plugins, ...accounts, ...imports, ...jobs, ...files, ...tasks, ...notifications, ...handover, ...intake, ...duplicates, ...automation, ...views, ...webhooks, ...exports, ...privacy, ...retyping, ...reports,
]
