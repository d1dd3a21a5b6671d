import { createHmac, timingSafeEqual } from 'node:crypto';
import type { ExportPlace } from './export-manifest.ts';

/** Long enough to start a download, short enough to be found too late. */
const VALID_MS = 10 * 60 * 1_000;

/** What stands before an export's file in its address. */
export const EXPORT_PATH = '/exports/';

const PATH = /^\/exports\/([0-9a-f-]{36})\/([0-9a-z-]{1,36})\/(manifest\.json|[a-z_]{1,64}\.jsonl\.gz)$/;

export type ExportFilePlace = ExportPlace & { readonly file: string };

/** Addresses that who has them may read for a few minutes: only who may export a tenant gets one. */
export type ExportLinks = {
  readonly sign: (place: ExportFilePlace, now?: number) => string;
  /** What a request's URL names; null when nobody signed it, or it is over. */
  readonly read: (url: string, now?: number) => ExportFilePlace | null;
};

export const createExportLinks = ({
  secret,
  publicApiUrl,
}: Readonly<{ secret: string; publicApiUrl: string }>): ExportLinks => {
  const signatureOf = (path: string, until: string): string =>
    createHmac('sha256', secret).update(`export ${path} ${until}`).digest('base64url');
  return {
    sign: ({ tenantId, exportId, file }, now = Date.now()) => {
      const path = `${EXPORT_PATH}${tenantId}/${exportId}/${file}`;
      const until = String(now + VALID_MS);
      return `${publicApiUrl}${path}?until=${until}&signature=${signatureOf(path, until)}`;
    },
    read: (url, now = Date.now()) => {
      const { pathname, searchParams } = new URL(url, 'http://localhost');
      const [, tenantId, exportId, file] = PATH.exec(pathname) ?? [];
      const until = searchParams.get('until') ?? '';
      const given = Buffer.from(searchParams.get('signature') ?? '');
      const expected = Buffer.from(signatureOf(pathname, until));
      if (given.byteLength !== expected.byteLength || !timingSafeEqual(given, expected)) return null;
      if (tenantId === undefined || exportId === undefined || file === undefined || !(Number(until) > now)) return null;
      return { tenantId, exportId, file };
    },
  };
};
