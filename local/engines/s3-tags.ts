import { S3Refusal } from './s3-refusal.ts';

/**
 * Objects' tags. They live as long as the process: all that rests on them is the deletion of old objects, which the
 * local cloud does not play.
 */
export class ObjectTags {
  /** By path, `/bucket/key`: the TagSet element. */
  readonly #sets = new Map<string, string>();

  /** Of a new object: `tagging` is a form's field. @throws S3Refusal */
  set(path: string, tagging: string | undefined): void {
    this.#sets.delete(path);
    if (tagging === undefined) return;
    const [set] =
      /<TagSet>(<Tag><Key>[^<]+<\/Key><Value>[^<]*<\/Value><\/Tag>)*<\/TagSet>/.exec(tagging) ?? [];
    if (!set) throw new S3Refusal(400, 'MalformedXML', 'The XML you provided was not well-formed.');
    this.#sets.set(path, set);
  }

  /** Answers a request for the subresource `tagging` of an object that is there. @throws S3Refusal */
  answer(method: string, path: string): { status: number; body: string } {
    if (method === 'DELETE') {
      this.#sets.delete(path);
      return { status: 204, body: '' };
    }
    if (method !== 'GET')
      throw new S3Refusal(501, 'NotImplemented', `The local cloud does not play ${method} ?tagging.`);
    const set = this.#sets.get(path) ?? '<TagSet/>';
    return { status: 200, body: `<?xml version="1.0" encoding="UTF-8"?>\n<Tagging>${set}</Tagging>` };
  }
}
