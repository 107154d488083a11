/**
 * Whether a text would come out of the database as it went in: without a NUL character, at which PostgreSQL breaks off and
 * the ORM's statements end, and without a lone surrogate, which UTF-8 can't write.
 */
export function isStorable(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0');
}
