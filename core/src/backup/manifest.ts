/** Raised when an older program could not read what a newer one writes. */
export const FORMAT = 1

/** First entry of an archive: enough to refuse it before anything is read. */
export interface Heading {
  format: typeof FORMAT
  kartotek: string
  /** Version of the server that it was taken from. */
  postgresql: string
  /** ISO time of the snapshot. */
  takenAt: string
  extensions: string[]
  /** Whether sessions and encrypted settings can be used after a restore without the old secret. */
  withSecret: boolean
}

/** First entry of a physical backup. */
export interface ClusterHeading {
  format: typeof FORMAT
  kind: 'physical'
  kartotek: string
  postgresql: string
  /** A data directory belongs to one kind of machine: `linux-x64`. */
  machine: string
  /** ISO time of the end of the copy, which is the state that it restores; empty in the heading, which is written before. */
  takenAt: string
  withSecret: boolean
}

/** Last entry of a physical backup. */
export interface ClusterManifest extends ClusterHeading {
  cluster: { count: number, bytes: number, sha256: string }
  files: { count: number, bytes: number, sha256: string }
}

/** What one table's part of the archive must add up to. */
export interface TableSum {
  /** Qualified and quoted: `core."order"`. */
  table: string
  rows: number
  /** Of the COPY text, hexadecimal. */
  sha256: string
}

/** Last entry: an archive without it is cut off. */
export interface Manifest extends Heading {
  tables: TableSum[]
  files: { count: number, bytes: number, sha256: string }
  /** Contents of files that plugins keep elsewhere: they are not in the archive. Absent: none. */
  elsewhere?: { storage: string, count: number }[]
}

/** Names of the archive's entries. */
export const ENTRY = {
  heading: 'kartotek.json',
  secret: 'secret',
  schema: 'schema.json',
  /** `data/<number of the table>/<number of the piece>` */
  data: 'data/',
  files: 'files/',
  /** Of a physical backup: directories, also empty ones; files of the data directory; passwords of its roles. */
  directories: 'cluster-directories.json',
  cluster: 'cluster/',
  credentials: 'credentials.json',
  manifest: 'manifest.json',
} as const
