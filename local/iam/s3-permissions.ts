import { arn } from '#local/aws.ts';
import type { Permission } from './authorize.ts';

const objectActions: Record<string, string> = {
  GET: 's3:GetObject',
  HEAD: 's3:GetObject',
  PUT: 's3:PutObject',
  // Multipart uploads are begun and completed by POST.
  POST: 's3:PutObject',
  DELETE: 's3:DeleteObject',
};
const taggingActions: Record<string, string> = {
  GET: 's3:GetObjectTagging',
  PUT: 's3:PutObjectTagging',
  DELETE: 's3:DeleteObjectTagging',
};
const bucketActions: Record<string, string> = {
  GET: 's3:ListBucket',
  HEAD: 's3:ListBucket',
  PUT: 's3:CreateBucket',
  // `POST ?delete` removes many objects.
  POST: 's3:DeleteObject',
  DELETE: 's3:DeleteBucket',
};

/**
 * What a request to S3 needs, by method and path-style URL. Subresources but `?tagging` and a copy's source are
 * taken for the plain request.
 */
export function s3Permission(method: string, url: string): Permission | undefined {
  const { pathname, searchParams } = new URL(url, 'http://s3');
  const path = pathname.slice(1);
  const slash = path.indexOf('/');
  const bucket = slash < 0 ? path : path.slice(0, slash);
  const key = slash < 0 ? '' : decodeURIComponent(path.slice(slash + 1));
  if (bucket === '') return method === 'GET' ? { action: 's3:ListAllMyBuckets', resource: '*' } : undefined;
  const action = (key === '' ? bucketActions : searchParams.has('tagging') ? taggingActions : objectActions)[
    method
  ];
  if (!action) return undefined;
  const deletesMany = key === '' && method === 'POST';
  return {
    action,
    resource: arn('s3', deletesMany ? `${bucket}/*` : key === '' ? bucket : `${bucket}/${key}`),
  };
}
