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
}

/** Names of the archive's entries. */
export const ENTRY = {
  heading: 'kartotek.json',
  secret: 'secret',
  schema: 'schema.json',
  /** `data/<number of the table>/<number of the piece>` */
  data: 'data/',
  files: 'files/',
  manifest: 'manifest.json',
} as const
