/**
 * Types of files that may be attached, as they are declared at the upload and served again. Nothing that a browser
 * would run: no HTML, no SVG, no script.
 */
export const attachmentTypes = [
  'image/png',
  'image/jpeg',
  'image/gif',
  'image/webp',
  'application/pdf',
  'application/zip',
  'text/plain',
  'text/csv',
  'audio/mpeg',
  'audio/ogg',
  'video/mp4',
  'video/webm',
] as const;

/** Those that a page shows in place. */
export const imageTypes = ['image/png', 'image/jpeg', 'image/gif', 'image/webp'] as const;
