/** Lambda's quota for the event of a synchronous invocation, less room for what surrounds the records. */
const payloadBytes = 6 * 1024 * 1024 - 1_024;

/** The first records that make a batch: at most `batchSize`, and no more than the payload quota holds, but one. */
export function takeBatch<T extends { bytes: number }>(records: readonly T[], batchSize: number): T[] {
  let bytes = 0;
  const tooMany = records.findIndex((record, index) => {
    bytes += record.bytes + 1;
    return index === batchSize || (index > 0 && bytes > payloadBytes);
  });
  return records.slice(0, tooMany === -1 ? records.length : tooMany);
}
