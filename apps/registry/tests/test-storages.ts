import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type DocumentStore, createFolderBlobStore, createS3BlobStore } from '@ia-modules/blobs';
import { BUCKET, CREDENTIALS, startS3Server } from '@ia-modules/blobs/testing';
import { createSigningKeyPem } from '@ia-modules/plugin-signatures';

/** Where a registry of a test keeps packages, and the same storage past the registry. */
export type TestStorage = Readonly<{
  url: string;
  blobs: DocumentStore;
  /** What a process needs to get there. */
  environment: Readonly<Record<string, string>>;
}>;

export type TestStorages = Readonly<{ folder: TestStorage; S3: TestStorage; close(): Promise<void> }>;

export async function openTestStorages(): Promise<TestStorages> {
  const server = await startS3Server();
  const folder = await mkdtemp(join(tmpdir(), 'ia-registry-'));
  const { endpoint } = server;
  return {
    folder: { url: folder, blobs: createFolderBlobStore({ folder }), environment: {} },
    S3: {
      url: `s3://${BUCKET}/registry?endpoint=${endpoint}`,
      blobs: createS3BlobStore({ bucket: BUCKET, prefix: 'registry', endpoint, credentials: CREDENTIALS }),
      environment: {
        AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
        AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
        // Beside a bucket there is no folder for the registry to put one into.
        IA_REGISTRY_SIGNING_KEY: createSigningKeyPem(),
      },
    },
    close: async () => {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
