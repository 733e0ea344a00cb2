import { randomBytes } from 'node:crypto';
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { createPresignedPost } from '@aws-sdk/s3-presigned-post';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import type { Attachment } from '../contract/attachments.ts';
import { imageTypes } from '../contract/file-types.ts';
import { attachmentKey, unsentTag } from './keys.ts';

/** For how long forms and URLs hold. */
const linkSeconds = 600;

/** Whose file it is, and of which room. */
export interface Place {
  room: string;
  sender: string;
}

/** Signs what lets people put files into the bucket and get them out of it, without calling anything. */
export class AttachmentLinks {
  readonly #s3: S3Client;
  readonly #bucket: string;

  constructor(s3: S3Client, bucket: string) {
    this.#s3 = s3;
    this.#bucket = bucket;
  }

  /** A form for one file, of this very size and type: S3 takes no other with it. */
  async upload({ room, sender }: Place, { name, type, size }: Pick<Attachment, 'name' | 'type' | 'size'>) {
    const id = randomBytes(16).toString('base64url');
    const { url, fields } = await createPresignedPost(this.#s3, {
      Bucket: this.#bucket,
      Key: attachmentKey(room, sender, id),
      Expires: linkSeconds,
      Conditions: [['content-length-range', size, size]],
      // The fields' values are conditions too.
      Fields: {
        'Content-Type': type,
        'Content-Disposition': disposition({ name, type }),
        tagging: `<Tagging><TagSet><Tag><Key>${unsentTag.name}</Key><Value>${unsentTag.value}</Value></Tag></TagSet></Tagging>`,
      },
    });
    return { id, url, fields };
  }

  /** Where the file is, as what its message shows it as, until `expiresAt` (ms since the epoch). */
  async download({ room, sender }: Place, { id, name, type }: Attachment, now: number) {
    const file = new GetObjectCommand({
      Bucket: this.#bucket,
      Key: attachmentKey(room, sender, id),
      ResponseContentType: type,
      ResponseContentDisposition: disposition({ name, type }),
    });
    const url = await getSignedUrl(this.#s3, file, { expiresIn: linkSeconds, signingDate: new Date(now) });
    return { url, expiresAt: now + linkSeconds * 1_000 };
  }
}

/** Images are shown in place; anything else is saved, and so never runs as a page (RFC 6266). */
function disposition({ name, type }: Pick<Attachment, 'name' | 'type'>): string {
  const how = imageTypes.some((image) => image === type) ? 'inline' : 'attachment';
  const plain = name.replaceAll(/[^ -~]|["\\%]/g, '_');
  const encoded = encodeURIComponent(name).replaceAll(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `${how}; filename="${plain}"; filename*=UTF-8''${encoded}`;
}
