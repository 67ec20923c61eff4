/** A path for the log: without what is a secret in some, of a calendar or of a webhook that signs nothing. */
export function loggedPath(path: string): string {
  return path.replace(/^\/*(calendar\/|plugins\/[^/]+\/[^/]+\/).+/i, '/$1…')
}
