import type { DiagnosticList } from '../diagnostic.ts';
import { normalizeDialect } from './normalize-dialect.ts';

/** How many rewrites are listed one by one, so that they leave room for what is wrong. */
const MAX_REWRITES = 500;

/** Reads a document in whichever dialect it is written, reporting each rewrite; later findings point into the source. */
export const importDialect = (value: unknown, diagnostics: DiagnosticList): unknown => {
  const { value: normalized, rewrites, origin } = normalizeDialect(value);
  let rewritten = 0;
  for (const { severity, ...finding } of rewrites) {
    const isRewrite = severity === 'info';
    if (isRewrite) rewritten += 1;
    if (isRewrite && rewritten > MAX_REWRITES) continue;
    diagnostics.add({ code: isRewrite ? 'IA_PIPELINE_IMPORT' : 'IA_PIPELINE_IMPORT_LEFTOVER', severity, ...finding });
  }
  if (rewritten > MAX_REWRITES) {
    const message = `${rewritten - MAX_REWRITES} more parts of the older dialect were rewritten.`;
    diagnostics.add({ code: 'IA_PIPELINE_IMPORT', severity: 'info', path: [], message });
  }
  diagnostics.speakOf(origin);
  return normalized;
};
