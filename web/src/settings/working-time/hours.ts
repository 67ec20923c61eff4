/** What people write between stretches, and around the dash. */
export const hoursText = (hours: readonly string[]): string => hours.join(', ')
export const hoursOf = (text: string): string[] => text.split(/[,;]/).map(part => part.trim().replace(/\s*[–—-]\s*/, '-').replace(/\./g, ':').replace(/\b(\d):/g, '0$1:')).filter(Boolean)
