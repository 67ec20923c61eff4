import { hash, verify } from '@node-rs/argon2'

/** OWASP's argon2id figures: 19 MiB, two passes, one lane; some 10–15 ms of one core, off the main thread. */
const COST = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 }

export const hashPassword = (password: string): Promise<string> => hash(password, COST)

export async function verifyPassword(input: { hash: string, password: string }): Promise<boolean> {
  return verify(input.hash, input.password)
}
