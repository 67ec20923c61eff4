import { totalmem } from 'node:os'
import type { Place } from './place.ts'

const MB = 1024 * 1024

/** Settings of PostgreSQL as the text of its configuration file. An operator's own go into `operator.conf` beside it and win. */
export function serverSettings(place: Place, options: { fast?: boolean | undefined }): string {
  const memory = Math.floor(totalmem() / MB)
  const settings: Record<string, string | number> = {
    listen_addresses: '',
    unix_socket_directories: place.socketDir,
    unix_socket_permissions: '0700',
    port: 5432,
    password_encryption: 'scram-sha-256',
    max_connections: 100,
    shared_buffers: `${clamp(memory / 6, 64, 4096)}MB`,
    effective_cache_size: `${clamp(memory / 2, 128, 65_536)}MB`,
    work_mem: '16MB',
    maintenance_work_mem: `${clamp(memory / 16, 64, 512)}MB`,
    // an SSD is the rule, and what people work with lies in memory: the defaults assume a turning disk, avoid indexes, and
    // would rather walk ten thousand entries of a second index than fetch five hundred rows
    seq_page_cost: 0.5,
    random_page_cost: 0.55,
    // compiling costs more than it saves on short queries
    jit: 'off',
    max_wal_size: '1GB',
    wal_compression: 'on',
    timezone: 'UTC',
    log_timezone: 'UTC',
    datestyle: 'iso, ymd',
    lc_messages: 'C',
    default_text_search_config: 'pg_catalog.simple',
    logging_collector: 'on',
    log_directory: 'log',
    log_filename: 'postgresql-%a.log',
    log_rotation_age: '1d',
    log_rotation_size: 0,
    log_truncate_on_rotation: 'on',
    log_line_prefix: '%m [%p] %u ',
    // values of people must not stand in a log
    log_parameter_max_length_on_error: 0,
    ...(options.fast ? FAST : SAFE),
  }
  return [
    '# Written by Kartotek at each start. Your own settings: operator.conf in this directory.',
    ...Object.entries(settings).map(([name, value]) => `${name} = '${String(value).replaceAll(`'`, `''`)}'`),
    `include_if_exists = 'operator.conf'`, '',
  ].join('\n')
}

/** Stated although they are the defaults: what was answered with success is on the disk. */
const SAFE = { fsync: 'on', synchronous_commit: 'on', full_page_writes: 'on' }
/** For tests: a crash of the machine may lose everything. */
const FAST = { shared_buffers: '256MB', fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', wal_compression: 'off', wal_level: 'minimal', max_wal_senders: 0, autovacuum_naptime: '1h', checkpoint_timeout: '1h', max_wal_size: '4GB' }

const clamp = (value: number, low: number, high: number): number => Math.floor(Math.min(Math.max(value, low), high))
