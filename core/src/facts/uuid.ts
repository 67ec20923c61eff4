/** The form of every id. What does not have it is no id, and PostgreSQL would refuse the whole statement for it. */
export const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
