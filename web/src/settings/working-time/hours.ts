/** Reads what people write between stretches and around the dash: `9:00 – 13:00; 14.00-18.00`. */
export const hoursOf = (text: string): string[] => text.split(/[,;]/).map(part => part.trim().replace(/\s*[–—-]\s*/, '-').replace(/\./g, ':').replace(/\b(\d):/g, '0$1:')).filter(Boolean)
