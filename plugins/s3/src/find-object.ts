import type { TrustedContext } from '@ia-modules/plugin-sdk/trusted';
import { withS3 } from './s3-client.ts';
import { isNotFound } from './s3-error.ts';
import type { Bucket } from './s3-location.ts';

export type FoundObject = { readonly sizeBytes: number; readonly modifiedAt: string | null; readonly etag: string };

export const findObject = async (
  ctx: TrustedContext,
  place: Bucket & { readonly key: string },
): Promise<FoundObject | undefined> => {
  try {
    return await withS3(ctx, place, async ({ client, sdk, options }) => {
      const head = new sdk.HeadObjectCommand({ Bucket: place.bucket, Key: place.key });
      const { ContentLength = 0, LastModified, ETag = '' } = await client.send(head, options);
      return { sizeBytes: ContentLength, modifiedAt: LastModified?.toISOString() ?? null, etag: ETag };
    });
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
};
