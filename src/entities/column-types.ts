import { type Platform, Type } from '@mikro-orm/core';

/** SQLite has one type for whole numbers, and one for fractions; PostgreSQL has several, of which these are the wide ones. */
const isSqlite = (platform: Platform): boolean => platform.getIntegerTypeDeclarationSQL({}) === 'integer';

/** The place of an entry in a log that never stops growing. SQLite counts up in a column of exactly this type alone. */
export class SequenceType extends Type<number, number> {
  override getColumnType(_: unknown, platform: Platform): string {
    return isSqlite(platform) ? 'integer' : 'bigint';
  }
}

/** A measured number, with all its digits. */
export class MeasureType extends Type<number, number> {
  override getColumnType(_: unknown, platform: Platform): string {
    return isSqlite(platform) ? 'real' : 'double precision';
  }
}
