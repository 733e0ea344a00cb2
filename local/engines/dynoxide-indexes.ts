import { DatabaseSync } from 'node:sqlite';

/**
 * Two indexes that dynoxide 1.2.1 lacks: it looks up the highest sequence number of a table's stream at each write,
 * and without them that takes longer with each record. This rests on the engine's internal schema, so it may fail
 * with another version; then streams work as before, only slower. Returns the reason, or undefined.
 */
export function indexStreamRecords(file: string): string | undefined {
  try {
    const database = new DatabaseSync(file, { timeout: 2_000 });
    try {
      database.exec(`
        CREATE INDEX IF NOT EXISTS fanfare_stream_by_table
          ON _stream_records (table_name, CAST(sequence_number AS INTEGER));
        CREATE INDEX IF NOT EXISTS fanfare_stream_by_shard
          ON _stream_records (table_name, shard_id, CAST(sequence_number AS INTEGER));
      `);
    } finally {
      database.close();
    }
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
