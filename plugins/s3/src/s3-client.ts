import type { S3Client } from '@aws-sdk/client-s3';
import { createGuardedAgents } from '@ia-modules/http-client';
import type { TrustedContext } from '@ia-modules/plugin-sdk/trusted';
import { boundAnswers } from './bound-answers.ts';
import { s3Error } from './s3-error.ts';
import type { Bucket } from './s3-location.ts';

export type S3Sdk = typeof import('@aws-sdk/client-s3');
type Call = {
  readonly client: S3Client;
  readonly sdk: S3Sdk;
  /** Ends with the run, and when the time of the call is up. */
  readonly options: { readonly abortSignal: AbortSignal };
};

/** Makes calls to a bucket. Nothing of the client's settings is left to what lies around on this machine. */
export const withS3 = async <T>(ctx: TrustedContext, bucket: Bucket, work: (call: Call) => Promise<T>): Promise<T> => {
  const sdk = await import('@aws-sdk/client-s3');
  const timeout = AbortSignal.timeout(bucket.timeout_ms);
  const client = createClient(sdk, ctx, bucket);
  boundAnswers(client);
  try {
    return await work({ client, sdk, options: { abortSignal: AbortSignal.any([ctx.signal, timeout]) } });
  } catch (error) {
    if (ctx.signal.aborted) throw ctx.signal.reason;
    throw s3Error(bucket, { error, isLate: timeout.aborted });
  } finally {
    client.destroy();
  }
};

const createClient = (sdk: S3Sdk, ctx: TrustedContext, bucket: Bucket): S3Client => {
  const { endpoint, region, timeout_ms: timeoutMs } = bucket;
  return new sdk.S3Client({
    region,
    endpoint: endpoint ?? `https://s3.${region}.amazonaws.com`,
    forcePathStyle: bucket.path_style ?? endpoint !== undefined,
    credentials: {
      accessKeyId: bucket.access_key_id,
      secretAccessKey: bucket.secret_access_key,
      ...(bucket.session_token === undefined ? {} : { sessionToken: bucket.session_token }),
    },
    requestHandler: { ...createGuardedAgents(ctx.net), requestTimeout: timeoutMs, throwOnRequestTimeout: true },
    maxAttempts: 2,
    // Servers that speak S3 know fewer checksums than AWS.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    // What is named here is not read from the environment or from files.
    retryMode: 'standard',
    defaultsMode: 'standard',
    useDualstackEndpoint: false,
    useFipsEndpoint: false,
    useArnRegion: false,
    disableMultiregionAccessPoints: true,
    disableS3ExpressSessionAuth: true,
    followRegionRedirects: false,
    userAgentAppId: 'ia-modules',
    authSchemePreference: ['aws.auth#sigv4'],
  });
};
