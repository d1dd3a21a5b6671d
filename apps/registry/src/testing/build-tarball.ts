import { gzipSync } from 'node:zlib';
import { Header, Pax } from 'tar';
import type { EntryTypeName } from 'tar/types';

export type TarballEntry = Readonly<{
  path: string;
  content?: string | Uint8Array;
  type?: EntryTypeName;
  linkpath?: string;
  /** A pax header before the entry, which overrides its path. */
  paxPath?: string;
}>;

const BLOCK_BYTES = 512;

/** Packs entries exactly as given, hostile ones too: nothing is normalised as `npm pack` would. */
export function buildTarball(entries: readonly TarballEntry[]): Buffer {
  return gzipSync(buildArchive(entries));
}

export function buildArchive(entries: readonly TarballEntry[]): Buffer {
  const blocks = entries.flatMap(({ path, content = '', type = 'File', linkpath, paxPath }) => {
    const body = Buffer.from(content);
    const header = new Header({
      path,
      type,
      size: body.length,
      mode: 0o644,
      mtime: new Date(0),
      ...(linkpath ? { linkpath } : {}),
    });
    header.encode();
    if (header.block === undefined) throw new Error(`${path} can't be encoded as a tar header`);
    const padding = Buffer.alloc((BLOCK_BYTES - (body.length % BLOCK_BYTES)) % BLOCK_BYTES);
    const pax = paxPath === undefined ? Buffer.alloc(0) : new Pax({ path: paxPath }).encode();
    return [pax, header.block, body, padding];
  });
  return Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK_BYTES)]);
}
