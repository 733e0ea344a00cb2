import type { Attachment } from '#shared/contract/attachments.ts';
import { attachmentTypes, imageTypes } from '#shared/contract/file-types.ts';
import { limits } from '#shared/contract/limits.ts';

/** Browsers and systems name some types otherwise, or not at all: then the name's ending tells. */
const byEnding: Record<string, Attachment['type']> = {
  csv: 'text/csv',
  log: 'text/plain',
  md: 'text/plain',
  mp3: 'audio/mpeg',
  ogg: 'audio/ogg',
  txt: 'text/plain',
  zip: 'application/zip',
};

/** For the file dialog: what may be chosen. */
export const accepted = [...attachmentTypes, ...Object.keys(byEnding).map((ending) => `.${ending}`)].join(
  ',',
);

/** A file's type as it may be sent; undefined where its kind may not. */
export function typeOf({ name, type }: { name: string; type: string }): Attachment['type'] | undefined {
  const ending = /\.([^.]+)$/.exec(name)?.[1]?.toLowerCase() ?? '';
  return attachmentTypes.find((allowed) => allowed === type) ?? byEnding[ending];
}

export function isImage(type: string): boolean {
  return imageTypes.some((image) => image === type);
}

/** Why a file cannot be sent, in words for people; undefined where it can. */
export function problemOf(file: { name: string; type: string; size: number }): string | undefined {
  if (file.size > limits.attachmentBytes) {
    return `Too large: ${sizeOf(file.size)}. A file may have up to ${sizeOf(limits.attachmentBytes)}.`;
  }
  if (file.size === 0) return 'This file is empty, or a folder.';
  if (typeOf(file) === undefined) {
    return 'This kind of file cannot be sent. Images, PDF, ZIP, text, CSV, audio and video can.';
  }
  return undefined;
}

/** A file's name as it may be sent: one line without what hides or reorders characters, its ending kept. */
export function sendableName(name: string): string {
  const visible = name
    .toWellFormed()
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\ufffe\uffff]/gu, '')
    .replace(/[/\\]/g, '_');
  if (/^\.{0,2}$/.test(visible)) return 'file';
  if (visible.length <= limits.fileNameLength) return visible;
  const ending = /\.[^.]{1,10}$/.exec(visible)?.[0] ?? '';
  return (
    visible
      .slice(0, limits.fileNameLength - ending.length)
      .toWellFormed()
      .replaceAll('\ufffd', '') + ending
  );
}

/** `1.5 MB`; 1 KB are 1,024 bytes, as file managers count. */
export function sizeOf(bytes: number): string {
  if (bytes < 1_024) return `${bytes} bytes`;
  const [amount, unit] = bytes < 1_024 ** 2 ? [bytes / 1_024, 'KB'] : [bytes / 1_024 ** 2, 'MB'];
  return `${amount < 10 ? amount.toFixed(1).replace(/\.0$/, '') : Math.round(amount)} ${unit}`;
}
