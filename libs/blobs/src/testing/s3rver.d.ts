declare module '@20minutes/s3rver' {
  import type { IncomingHttpHeaders } from 'node:http';
  import type { AddressInfo } from 'node:net';
  import type { Readable } from 'node:stream';

  export type S3Object = { readonly bucket: string; readonly key: string; content: Buffer | Readable };
  export type StoredObject = { content?: Readable };
  export type S3Store = {
    putObject(object: S3Object): Promise<unknown>;
    getObject(bucket: string, key: string, options: unknown): Promise<StoredObject | null>;
    existsObject(bucket: string, key: string): Promise<boolean>;
    getMetadata(bucket: string, key: string): Promise<{ readonly etag: string }>;
  };
  export type S3Context = { readonly headers: IncomingHttpHeaders; store: S3Store };

  export default class S3rver {
    constructor(options: {
      readonly address: string;
      readonly port: number;
      readonly silent: boolean;
      readonly directory: string;
      readonly configureBuckets: readonly { readonly name: string }[];
      readonly allowMismatchedSignatures: boolean;
    });
    readonly middleware: ((context: S3Context, next: () => Promise<void>) => Promise<void>)[];
    readonly store: S3Store;
    run(): Promise<AddressInfo>;
  }
}
