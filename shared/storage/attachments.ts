import { DeleteObjectsCommand, DeleteObjectTaggingCommand, type S3Client } from '@aws-sdk/client-s3';
import type { Place } from './attachment-links.ts';
import { attachmentKey } from './keys.ts';

/** The files of messages. */
export class Attachments {
  readonly #s3: S3Client;
  readonly #bucket: string;

  constructor(s3: S3Client, bucket: string) {
    this.#s3 = s3;
    this.#bucket = bucket;
  }

  /** A message has the file: it stays from now on. Again is no error. False where there is no such file. */
  async keep({ room, sender }: Place, id: string): Promise<boolean> {
    try {
      const Key = attachmentKey(room, sender, id);
      await this.#s3.send(new DeleteObjectTaggingCommand({ Bucket: this.#bucket, Key }));
      return true;
    } catch (error) {
      if (error instanceof Error && error.name === 'NoSuchKey') return false;
      throw error;
    }
  }

  /** Deletes files, at most 1,000. Those that are not there are no error. @throws where S3 refuses one of them */
  async erase({ room, sender }: Place, ids: readonly string[]): Promise<void> {
    const Objects = ids.map((id) => ({ Key: attachmentKey(room, sender, id) }));
    const { Errors: [refused] = [] } = await this.#s3.send(
      new DeleteObjectsCommand({ Bucket: this.#bucket, Delete: { Objects, Quiet: true } }),
    );
    if (refused) throw new Error(`S3 did not delete ${refused.Key}: ${refused.Code} ${refused.Message}`);
  }
}
