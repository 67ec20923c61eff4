import { setTimeout } from 'node:timers/promises'
import { DomainError, UnavailableError } from '@kartotek/sdk'
import { isContention } from '../../database/index.ts'

// What goes on in the background batch by batch agrees on this: reverts, hand-overs, changes of the model that write records.

/** Records in one transaction; so many are written before a request is answered. */
export const AT_ONCE = 300

/** So often the background tries without getting any further. */
export const ATTEMPTS = 5
/** Seconds after which what did not move may have lost its process. Where it has not, one of the two waits for the other at each batch. */
export const IDLE_SECONDS = 20
/** Of a batch that met others who write the same records. */
const TRIES = 4

/** Another time would be no better. */
export const isFinal = (error: unknown): boolean => error instanceof DomainError && !(error instanceof UnavailableError)

/** Writes a batch, a few times where others write the same records. */
export async function amongOthers<Result>(write: () => Promise<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await write()
    } catch (error) {
      if (!isContention(error) || attempt === TRIES) throw error
      await setTimeout(attempt * 200)
    }
  }
}
