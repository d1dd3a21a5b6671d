import { definePlugin } from '@ia-modules/plugin-sdk';
import { s3Copy } from './s3-copy.ts';
import { s3Delete } from './s3-delete.ts';
import { s3Exists } from './s3-exists.ts';
import { s3Get } from './s3-get.ts';
import { s3Info } from './s3-info.ts';
import { s3List } from './s3-list.ts';
import { s3Presign } from './s3-presign.ts';
import { s3Put } from './s3-put.ts';

/** Its contributions are used as `s3.<name>`. */
export const plugin = definePlugin({
  steps: [s3Get, s3Put, s3List, s3Delete, s3Copy, s3Presign, s3Info],
  conditions: [s3Exists],
});
