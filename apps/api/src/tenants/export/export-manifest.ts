import type { BlobStore } from '@ia-modules/blobs';
import { z } from 'zod';

const fileSchema = z.object({
  /** `<table>.jsonl.gz`: gzipped, one JSON object a line. */
  name: z.string(),
  rows: z.number(),
  sizeBytes: z.number(),
  sha256: z.string(),
  /** Keys of the blobs that make up the file, one behind the other. */
  parts: z.array(z.string()),
});

const manifestSchema = z.object({
  format: z.literal(1),
  tenantId: z.string(),
  exportedAt: z.string(),
  /** The end of the audit log before the export. */
  audit: z.object({ seq: z.number(), hash: z.string() }),
  files: z.array(fileSchema),
});

export type ExportFile = z.infer<typeof fileSchema>;
export type ExportManifest = z.infer<typeof manifestSchema>;

export type ExportPlace = { readonly tenantId: string; readonly exportId: string };

/** Apart from the tenant's own blobs, which are erased with it. */
export const EXPORTS = 'exports';

export const exportKey = ({ tenantId, exportId }: ExportPlace): string => `${EXPORTS}/${tenantId}/${exportId}`;

const manifestKey = (place: ExportPlace): string => `${exportKey(place)}/manifest.json`;

/** Written last: an export without one is not whole. */
export const writeManifest = (blobs: BlobStore, place: ExportPlace, manifest: ExportManifest): Promise<void> =>
  blobs.put(manifestKey(place), Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`));

export const readManifest = async (blobs: BlobStore, place: ExportPlace): Promise<ExportManifest | null> => {
  const bytes = await blobs.get(manifestKey(place));
  return bytes === undefined ? null : manifestSchema.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));
};
