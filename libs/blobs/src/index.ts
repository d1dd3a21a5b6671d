export type { BlobStore, BlobStream, DocumentStore } from './blob-store.ts';
export { createBlobStore } from './create-blob-store.ts';
export { createFolderBlobStore } from './folder-blob-store.ts';
export { createS3BlobStore, type S3BlobStoreInit } from './s3-blob-store.ts';
