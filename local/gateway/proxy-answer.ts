import { z } from 'zod';

const answerSchema = z.object({
  statusCode: z.coerce.number().int().min(100).max(599),
  headers: z
    .record(z.string(), z.union([z.string(), z.number(), z.boolean()]).transform(String))
    .nullish()
    .transform((given) => given ?? {}),
  body: z
    .string()
    .nullish()
    .transform((given) => given ?? undefined),
  isBase64Encoded: z
    .boolean()
    .nullish()
    .transform((given) => given ?? false),
  cookies: z
    .array(z.string())
    .nullish()
    .transform((given) => given ?? []),
});

export type ProxyAnswer = z.infer<typeof answerSchema>;

/** A Lambda proxy's result; undefined when it is malformed (no status, or a body that is not a string). */
export function proxyAnswer(payload: unknown): ProxyAnswer | undefined {
  const parsed = answerSchema.safeParse(payload);
  return parsed.success ? parsed.data : undefined;
}
