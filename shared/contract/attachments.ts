import * as z from 'zod';
import { attachmentTypes } from './file-types.ts';
import { limits } from './limits.ts';

/** A file's name as people see it: one line, no directory, no characters that hide or reorder others. */
export const fileName = z
  .string()
  .min(1)
  .max(limits.fileNameLength)
  .refine(
    (name) => name.isWellFormed() && !/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\ufffe\uffff/\\]/u.test(name),
    'holds characters that no file name has',
  )
  .refine((name) => !/^\.{1,2}$/.test(name), 'is a directory');

/** A file of a message. */
export const attachment = z.object({
  /** Given by `POST /api/rooms/{room}/uploads`: 128 random bits. The file lies under room, sender and id. */
  id: z.string().regex(/^[A-Za-z0-9_-]{22}$/, 'is not an upload'),
  name: fileName,
  type: z.enum(attachmentTypes),
  /** Bytes. */
  size: z.number().int().positive().max(limits.attachmentBytes),
  /** Of an image, in pixels: a page reserves its place before it is loaded. */
  width: z.number().int().positive().max(50_000).optional(),
  height: z.number().int().positive().max(50_000).optional(),
});

export type Attachment = z.infer<typeof attachment>;
