import { z } from 'zod';
import type { Credentials, Principal } from '#local/credentials.ts';
import { denied, S3Refusal, unknownKey, wrongSignature } from './s3-refusal.ts';
import { isSame, scopeOf, signatureOf } from './sigv4.ts';

/** A file that was posted as a form, and who signed the form's policy. */
export interface PostedFile {
  signer: Principal;
  key: string;
  body: Buffer;
  /** The form's other fields, by their names in small letters. */
  fields: ReadonlyMap<string, string>;
}

const condition = z.union([
  z.tuple([z.literal('content-length-range'), z.coerce.number(), z.coerce.number()]),
  z.tuple([z.enum(['eq', 'starts-with']), z.string().startsWith('$'), z.string()]),
  z
    .record(z.string(), z.string())
    .refine((pairs) => Object.keys(pairs).length === 1, 'is not one pair')
    .transform((pairs) => ['eq', `$${Object.keys(pairs)[0]}`, Object.values(pairs)[0] ?? ''] as const),
]);
const policySchema = z.object({ expiration: z.iso.datetime(), conditions: z.array(condition) });

/**
 * The file of a `POST` to a bucket, if its policy allows it ("Browser-Based Uploads Using POST").
 * @throws S3Refusal
 */
export async function postedFile(
  bucket: string,
  { body, contentType }: { body: Buffer; contentType: string },
  credentials: Credentials,
  now: number,
): Promise<PostedFile> {
  const { fields, file } = await formOf(body, contentType);
  const text = fields.get('policy');
  if (!text) throw denied('Access Denied');
  const scope = scopeOf(fields.get('x-amz-credential') ?? '');
  if (!scope) throw malformed('The form has no credential.');
  const signer = credentials.signer(scope.accessKeyId);
  if (!signer) throw unknownKey();
  const signature = fields.get('x-amz-signature') ?? '';
  if (!isSame(signature, signatureOf(text, signer.secretAccessKey, scope))) throw wrongSignature();

  const policy = policyOf(text);
  if (!(now < Date.parse(policy.expiration))) throw denied('Invalid according to Policy: Policy expired.');
  const given = new Map([...fields, ['bucket', bucket]]);
  for (const each of policy.conditions) hold(each, given, file.length);
  const allowed = new Set(policy.conditions.map(([, name]) => String(name).slice(1).toLowerCase()));
  const extra = [...fields.keys()].filter((name) => !allowed.has(name) && !needsNoCondition(name));
  if (extra.length > 0) throw denied(`Invalid according to Policy: Extra input fields: ${extra.join(', ')}`);
  const unplayed = [...fields.keys()].find((name) => name.startsWith('success_action_'));
  if (unplayed) throw new S3Refusal(501, 'NotImplemented', `The local cloud does not play ${unplayed}.`);

  const key = fields.get('key');
  if (!key) throw malformed("Bucket POST must contain a field named 'key'.");
  return { signer, key, body: file, fields };
}

/** What comes after the file is ignored. */
async function formOf(body: Buffer, contentType: string) {
  const form = await new Response(new Uint8Array(body), { headers: { 'content-type': contentType } })
    .formData()
    .catch(() => {
      throw malformed('The body of your POST request is not well-formed multipart/form-data.');
    });
  const fields = new Map<string, string>();
  for (const [name, value] of form) {
    if (name === 'file') {
      const file = typeof value === 'string' ? Buffer.from(value) : Buffer.from(await value.arrayBuffer());
      return { fields, file };
    }
    if (typeof value === 'string') fields.set(name.toLowerCase(), value);
  }
  throw malformed('POST requires exactly one file upload per request.');
}

function policyOf(text: string): z.infer<typeof policySchema> {
  try {
    return policySchema.parse(JSON.parse(Buffer.from(text, 'base64').toString()));
  } catch {
    throw new S3Refusal(400, 'InvalidPolicyDocument', 'Invalid Policy: Invalid JSON.');
  }
}

function hold(each: z.infer<typeof condition>, given: Map<string, string>, size: number): void {
  if (each[0] === 'content-length-range') {
    const [, least, most] = each;
    if (size > most)
      throw new S3Refusal(400, 'EntityTooLarge', 'Your proposed upload exceeds the maximum allowed size');
    if (size < least)
      throw new S3Refusal(
        400,
        'EntityTooSmall',
        'Your proposed upload is smaller than the minimum allowed size',
      );
    return;
  }
  const [how, name, wanted] = each;
  const value = given.get(name.slice(1).toLowerCase());
  const holds = how === 'eq' ? value === wanted : value?.startsWith(wanted);
  if (!holds) throw denied(`Invalid according to Policy: Policy Condition failed: ${JSON.stringify(each)}`);
}

/** The signature's own, and what S3 ignores. */
function needsNoCondition(name: string): boolean {
  return name === 'policy' || name === 'x-amz-signature' || name.startsWith('x-ignore-');
}

function malformed(message: string): S3Refusal {
  return new S3Refusal(400, 'MalformedPOSTRequest', message);
}
