import type { DiagnosticList, Path } from '../definition/diagnostic.ts';

/** Reports numbers that JSON can write and no double can hold: they would be read as infinite. */
export const checkNumbers = (root: unknown, diagnostics: DiagnosticList): void => {
  const pending: { readonly value: unknown; readonly path: Path }[] = [{ value: root, path: [] }];
  for (let entry = pending.pop(); entry !== undefined; entry = pending.pop()) {
    const { value, path } = entry;
    if (typeof value === 'number' && !Number.isFinite(value)) {
      diagnostics.add({ code: 'IA_PIPELINE_SHAPE', path, message: 'This number is larger than numbers can be.' });
    }
    if (typeof value !== 'object' || value === null) continue;
    const isList = Array.isArray(value);
    for (const [key, child] of Object.entries(value)) {
      pending.push({ value: child, path: [...path, isList ? Number(key) : key] });
    }
  }
};
