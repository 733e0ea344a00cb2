import { mkdirSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { account } from '#local/aws.ts';
// fauxqs 2.4.1 exports no stores, and its own start listens on every interface and offers no hook; so we compose the
// same parts ourselves. This rests on the package's folders: its version is pinned.
import { PersistenceManager } from '../../node_modules/fauxqs/dist/persistence.js';
import { S3Store } from '../../node_modules/fauxqs/dist/s3/s3Store.js';
import { SnsStore } from '../../node_modules/fauxqs/dist/sns/snsStore.js';
import { SqsStore } from '../../node_modules/fauxqs/dist/sqs/sqsStore.js';
import { INVALID_MESSAGE_BODY_CHAR } from '../../node_modules/fauxqs/dist/sqs/sqsTypes.js';
import { QueueMetrics } from './queue-metrics.ts';

export { S3Error } from '../../node_modules/fauxqs/dist/common/errors.js';

/** SQS takes #x10000 to #x10FFFF too ("SendMessage", its API reference); fauxqs refuses every emoji. */
const refusedByFauxqs = RegExp.prototype.test.bind(INVALID_MESSAGE_BODY_CHAR);
INVALID_MESSAGE_BODY_CHAR.test = (body) => refusedByFauxqs(body.replace(/[\u{10000}-\u{10FFFF}]/gu, ''));

export interface FauxqsStores {
  sqsStore: QueueStore;
  snsStore: SnsStore;
  s3Store: S3Store;
}

export function createStores(): FauxqsStores {
  return { sqsStore: new QueueStore(), snsStore: new SnsStore(), s3Store: new S3Store() };
}

/** Queues whose URL begins with this run's address, also those that were kept from an earlier run on another port. */
class QueueStore extends SqsStore {
  /** `http://127.0.0.1:<port>`, once that is known. */
  baseUrl = '';
  readonly metrics = new QueueMetrics();

  override createQueue(...[name, _, arn, ...rest]: Parameters<SqsStore['createQueue']>) {
    const queue = super.createQueue(name, `${this.baseUrl}/${account}/${name}`, arn, ...rest);
    this.metrics.watch(queue);
    return queue;
  }
}

/** Loads what `folder` keeps into the stores, and from then on writes each change there. Returns how to close it. */
export function persist({ sqsStore, snsStore, s3Store }: FauxqsStores, folder: string): () => void {
  mkdirSync(folder, { recursive: true });
  const file = new PersistenceManager(folder);
  amend(file);
  // First load, then attach: a store that persists while it loads deletes what it has just loaded.
  file.load(sqsStore, snsStore, s3Store);
  sqsStore.persistence = file;
  snsStore.persistence = file;
  s3Store.persistence = file;
  for (const queue of sqsStore.allQueues()) queue.persistence = file;
  return () => file.close();
}

function amend(file: PersistenceManager): void {
  const database: unknown = Reflect.get(file, 'db');
  if (!(database instanceof DatabaseSync)) return;
  // Without this every message waits for the disk four times, on the thread that serves everything. What a power cut
  // could lose is a developer's queue; a killed process loses nothing.
  database.exec('PRAGMA synchronous = OFF');
  // fauxqs writes NULL into columns that take none when a message is made visible at once, and loses it.
  const makeReady = database.prepare(
    'UPDATE sqs_messages SET receipt_handle = NULL, visibility_deadline = NULL WHERE message_id = ?',
  );
  file.updateMessageReady = (messageId) => {
    makeReady.run(messageId);
  };
}
