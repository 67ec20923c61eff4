const WEIGHTS = [2, 4, 10, 3, 5, 9, 4, 6, 8]

/** The Russian tax number of the client with this index; its check digit holds. */
export function taxNumber(index: number): string {
  const digits = `77${String(index % 10_000_000).padStart(7, '0')}`
  return digits + WEIGHTS.reduce((sum, weight, i) => sum + weight * Number(digits[i]), 0) % 11 % 10
}

/** The same in SQL. */
export function taxNumberSql(index: string): string {
  const digits = `('77' || lpad((${index})::text, 7, '0'))`
  return `(${digits} || (${WEIGHTS.map((weight, i) => `${weight} * substr(${digits}, ${i + 1}, 1)::int`).join(' + ')}) % 11 % 10)`
}

/** The Russian registration number (ОГРН) that begins with these twelve digits. */
export const registrationNumber = (digits: string): string => digits + BigInt(digits) % 11n % 10n

/** The same in SQL, for a number. */
export const registrationNumberSql = (digits: string): string => `(lpad((${digits})::text, 12, '0') || (${digits}) % 11 % 10)`
