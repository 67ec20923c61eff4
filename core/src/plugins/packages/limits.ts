/** Bytes of a package with its dependencies, packed, as the database keeps it. */
export const MAX_STORED = 64 * 1024 * 1024
/** Bytes and files of it on the disk. */
export const MAX_UNPACKED = 256 * 1024 * 1024
export const MAX_FILES = 20_000
/** Files and folders of one tarball, before its dependencies: a package has a few hundred, and each of them is looked at several times. */
export const MAX_ENTRIES = 5_000

/** `3.2 MiB`, `12 KiB`. */
export const sizeText = (bytes: number): string => (bytes < 1024 * 1024 ? `${Math.ceil(bytes / 1024)} KiB` : `${(bytes / 1024 / 1024).toFixed(1)} MiB`)
