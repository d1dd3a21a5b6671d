import { definePlugin } from '@ia-modules/plugin-sdk';
import { httpDownload } from './http-download.ts';
import { httpPaginate } from './http-paginate.ts';
import { httpRequest } from './http-request.ts';
import { httpUpload } from './http-upload.ts';
/** Used as `http.<name>`. */
export const plugin = definePlugin({ steps: [httpRequest, httpPaginate, httpDownload, httpUpload] });
