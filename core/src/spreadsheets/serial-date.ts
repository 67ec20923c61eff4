const DAY_MS = 86_400_000
const EPOCH_1900 = Date.UTC(1899, 11, 30)
const EPOCH_1904 = Date.UTC(1904, 0, 1)
/** Spreadsheets believe that 29 February 1900 was a day, so that days before it are counted from one day later. */
const FALSE_LEAP_DAY = 60

/**
 * The day and time of a serial number, as ISO without a zone: `2024-03-15`, `2024-03-15 09:30:00`, and `09:30:00` for a time alone.
 * Null for what is no date.
 */
export function dateOfSerial(serial: number, from1904 = false): string | null {
  if (!Number.isFinite(serial) || serial < 0 || serial > 2_958_466) return null
  const epoch = from1904 ? EPOCH_1904 : serial < FALSE_LEAP_DAY ? EPOCH_1900 + DAY_MS : EPOCH_1900
  // To the second: the fraction of a day is a binary number and never quite a time.
  const at = new Date(epoch + Math.round(serial * 86_400) * 1000)
  const text = at.toISOString()
  if (serial < 1) return text.slice(11, 19)
  return text.slice(11, 19) === '00:00:00' ? text.slice(0, 10) : `${text.slice(0, 10)} ${text.slice(11, 19)}`
}

/** The serial number of a local time in the system that begins in 1900. Null before 1 March 1900, where spreadsheets miscount. */
export function serialOfDate(iso: string): number | null {
  const at = Date.parse(`${iso.slice(0, 10)}T${iso.slice(11) || '00:00:00'}Z`)
  const serial = (at - EPOCH_1900) / DAY_MS
  return Number.isNaN(serial) || serial <= FALSE_LEAP_DAY || serial >= 2_958_466 ? null : serial
}

const BUILT_IN_DATES = [[14, 22], [27, 36], [45, 47], [50, 58]] as const

/** Whether numbers of this format are shown as dates or times. */
export function isDateFormat(id: number, code: string | undefined): boolean {
  if (code === undefined) return BUILT_IN_DATES.some(([from, to]) => id >= from && id <= to)
  // Texts in quotes, escaped signs, colours and conditions say nothing; [h] and the like are hours.
  const bare = code.replace(/"[^"]*"|\\.|_.|\*./g, '').replace(/\[(?!h+\]|m+\]|s+\])[^\]]*\]/gi, '')
  return /[ymdhs]/i.test(bare.replace(/General/gi, '')) && !/[#0?]/.test(bare.replace(/s\.0+/gi, ''))
}
