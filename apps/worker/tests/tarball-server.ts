import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import type { PluginReference } from '@ia-modules/engine';
import { Header } from 'tar';
import type { EntryTypeName } from 'tar/types';

export type TarballEntry = {
  readonly path: string;
  readonly content?: string;
  readonly type?: EntryTypeName;
  readonly linkpath?: string;
};

export type TarballServer = {
  readonly url: string;
  readonly downloads: number;
  /** Publishes a tarball under the address where a registry has it. */
  serve(name: string, version: string, tarball: Buffer): PluginReference;
  close(): Promise<void>;
};

export const TOKEN = 'internal-token-of-the-platform-0123456789';
const BLOCK_BYTES = 512;

/** Packs entries exactly as given, hostile ones too. */
export const buildTarball = (entries: readonly TarballEntry[]): Buffer => {
  const blocks = entries.flatMap(({ path, content = '', type = 'File', linkpath }) => {
    const body = Buffer.from(content);
    const header = new Header({
      path,
      type,
      size: body.length,
      mode: 0o777,
      mtime: new Date(0),
      ...(linkpath && { linkpath }),
    });
    header.encode();
    if (header.block === undefined) throw new TypeError(`${path} can not be packed.`);
    const padding = Buffer.alloc((BLOCK_BYTES - (body.length % BLOCK_BYTES)) % BLOCK_BYTES);
    return [header.block, body, padding];
  });
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK_BYTES)]));
};

const PLUGIN_CODE = `
const shout = async (input, ctx) => ({ text: input.text.toUpperCase(), key: ctx.idempotencyKey });
const peek = async (input, ctx) => ({ status: (await ctx.fetch(input.url)).status });
const whisper = async ({ value, config }) => ({ text: value.text.toLowerCase() + config.end });
const is_quiet = async ({ value }) => ({ valid: !value.text.endsWith('!'), errors: [{ path: '', message: 'too loud' }] });
const has_ended_well = async ({ step }) => step.status === 'succeeded';
const tell = async (input, ctx) => { ctx.logger.info(JSON.stringify(input)); return input; };
const fail = async () => { throw Object.assign(new Error('broken on purpose'), { retryable: false }); };
const kinds = {
  step: { shout, peek, tell, fail },
  transform: { whisper },
  validator: { is_quiet },
  condition: { has_ended_well },
  hook: { tell },
};
export const plugin = {
  contributions: Object.entries(kinds).flatMap(([kind, runs]) =>
    Object.entries(runs).map(([name, run]) => ({ kind, name, run }))),
};
`;

export const pluginEntries = (name: string, version: string): TarballEntry[] => [
  {
    path: 'package/package.json',
    content: JSON.stringify({
      name,
      version,
      type: 'module',
      iaModules: {
        apiVersion: 1,
        entry: 'dist/plugin.js',
        contributions: {
          steps: ['shout', 'peek', 'tell', 'fail'].map((step) => ({ name: step, title: step })),
          transforms: [{ name: 'whisper', title: 'Whisper' }],
          validators: [{ name: 'is_quiet', title: 'Is quiet' }],
          conditions: [{ name: 'has_ended_well', title: 'Has ended well' }],
          hooks: [{ name: 'tell', title: 'Tell' }],
        },
        permissions: { net: ['localhost'] },
      },
    }),
  },
  { path: 'package/dist/plugin.js', content: PLUGIN_CODE },
];

/** Serves tarballs to whoever brings the platform's token. */
export const startTarballServer = async (): Promise<TarballServer> => {
  const tarballs = new Map<string, Buffer>();
  let downloads = 0;
  const server = createServer((request, response) => {
    if (request.headers.authorization !== `Bearer ${TOKEN}`) {
      response.writeHead(401).end();
      return;
    }
    const tarball = tarballs.get(request.url ?? '');
    downloads += 1;
    if (tarball === undefined) response.writeHead(404).end();
    else response.end(tarball);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get downloads() {
      return downloads;
    },
    serve: (name, version, tarball) => {
      tarballs.set(`/${name}/-/${name.split('/')[1]}-${version}.tgz`, tarball);
      return { name, version, integrity: `sha512-${createHash('sha512').update(tarball).digest('base64')}` };
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
};
