/** better-auth finds people by an address of its own that never changes; the real one is the user record's. */
export const handleOf = (userId: string): string => `${userId}@users.kartotek.invalid`
