import type { Json } from '@ia-modules/plugin-sdk';
import type { Path, PathSegment } from '../definition/diagnostic.ts';
import { didYouMean } from '../definition/suggest.ts';
import type { PipelineCheck } from './pipeline-check.ts';

const SECRET = /\{\{\s*secrets(?:\.(?<plain>[\w-]+)|\[\s*["'](?<quoted>[^"']*)["']\s*\])\s*\}\}/g;

/** Fields that servers, proxies and people write down: addresses and titles. */
const LOGGED_FIELDS: ReadonlySet<PathSegment> = new Set([
  'endpoint',
  'label',
  'message',
  'name',
  'path',
  'query',
  'subject',
  'title',
  'uri',
  'url',
]);

/** Checks the secrets in a `with` that may hold them: that there are such, and that they are not where they would be written down. */
export const checkSecrets = (check: PipelineCheck, root: Json, rootPath: Path): void => {
  const pending: { readonly value: unknown; readonly path: Path }[] = [{ value: root, path: rootPath }];
  for (let entry = pending.pop(); entry !== undefined; entry = pending.pop()) {
    const { value, path } = entry;
    if (typeof value === 'string') {
      for (const { groups } of value.matchAll(SECRET)) {
        checkSecret(check, { name: groups?.['plain'] ?? groups?.['quoted'] ?? '', path, rootPath });
      }
    } else if (typeof value === 'object' && value !== null) {
      const isList = Array.isArray(value);
      for (const [key, child] of Object.entries(value)) {
        pending.push({ value: child, path: [...path, isList ? Number(key) : key] });
      }
    }
  }
};

type SecretUse = { readonly name: string; readonly path: Path; readonly rootPath: Path };

const checkSecret = ({ diagnostics, world }: PipelineCheck, { name, path, rootPath }: SecretUse): void => {
  const { secrets } = world;
  if (secrets !== undefined && !secrets.includes(name)) {
    diagnostics.add({
      code: 'IA_PIPELINE_SECRET',
      path,
      message: `There is no secret '${name}'.`,
      hint: () => didYouMean(name, secrets),
    });
  }
  const field = path[rootPath.length];
  if (field === undefined || !LOGGED_FIELDS.has(field)) return;
  diagnostics.add({
    code: 'IA_PIPELINE_LOGGED_SECRET',
    severity: 'warning',
    path,
    message: `The secret '${name}' stands in '${field}', which ends up in the logs of those it is sent to.`,
    hint: 'Send it in a header or in the body.',
  });
};
