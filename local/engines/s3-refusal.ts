/** S3 does not do what was asked ("Error responses", its API reference). */
export class S3Refusal extends Error {
  override readonly name = 'S3Refusal';
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }

  get xml(): string {
    const text = this.message.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
    return `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${this.code}</Code><Message>${text}</Message></Error>`;
  }
}

export function denied(message: string): S3Refusal {
  return new S3Refusal(403, 'AccessDenied', message);
}

export function wrongSignature(): S3Refusal {
  return new S3Refusal(
    403,
    'SignatureDoesNotMatch',
    'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
  );
}

export function unknownKey(): S3Refusal {
  return new S3Refusal(
    403,
    'InvalidAccessKeyId',
    'The AWS Access Key Id you provided does not exist in our records.',
  );
}
