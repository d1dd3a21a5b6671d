import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { manifestSchema, type ManifestDiagnostic } from '@ia-modules/plugin-sdk';
import { findNodeAtLocation, type JSONPath, type ParseError, parseTree, printParseErrorCode } from 'jsonc-parser';
import { z } from 'zod';
import { positionAt } from '../../source-document.ts';
import { UsageError } from '../../usage-error.ts';
import type { Finding, Severity } from '../finding.ts';

const MAX_BYTES = 262_144;
const SOURCES = ['src/plugin.ts', 'src/plugin.js', 'src/plugin.mjs'];

/** The folder of a plugin, with its package.json as it is written. */
export type PluginProject = {
  readonly directory: string;
  readonly text: string;
  readonly packageJson: unknown;
  /** Where the code begins, relative to the folder; undefined when there is none. */
  readonly source: string | undefined;
  /** Where the bundle goes, also while the manifest is not valid yet. */
  readonly entry: string;
  /** A finding about a part of package.json, at the nearest part that is there. */
  readonly at: (path: JSONPath, finding: PackageFinding) => Finding;
};

type PackageFinding = Omit<Finding, 'file' | 'line' | 'column' | 'severity'> & { readonly severity?: Severity };

const entrySchema = z.object({ iaModules: z.object({ entry: manifestSchema.shape.entry }) });

/** Reads package.json. @throws UsageError when there is none, or when it is no JSON */
export const readProject = async (folder: string): Promise<PluginProject> => {
  const directory = resolve(folder);
  const text = await readPackageJson(directory);
  const errors: ParseError[] = [];
  const root = parseTree(text, errors, { disallowComments: true });
  const [first] = errors;
  if (root === undefined || first !== undefined) {
    const { line, column } = positionAt(text, first?.offset ?? 0);
    const problem = first === undefined ? 'ValueExpected' : printParseErrorCode(first.error);
    throw new UsageError(`${join(directory, 'package.json')}:${line}:${column} is no JSON: ${problem}.`);
  }
  const packageJson: unknown = JSON.parse(text);
  const parsed = entrySchema.safeParse(packageJson);
  const at: PluginProject['at'] = (path, { severity = 'error', ...finding }) => {
    const parts = path.map((_, index) => path.slice(0, path.length - index));
    const node = parts.map((part) => findNodeAtLocation(root, part)).find((found) => found !== undefined) ?? root;
    return { severity, ...finding, file: 'package.json', ...positionAt(text, node.offset) };
  };
  return {
    directory,
    text,
    packageJson,
    source: SOURCES.find((path) => existsSync(join(directory, path))),
    entry: parsed.success ? parsed.data.iaModules.entry : 'dist/plugin.js',
    at,
  };
};

const readPackageJson = async (directory: string): Promise<string> => {
  let text: string;
  try {
    text = await readFile(join(directory, 'package.json'), 'utf8');
  } catch {
    throw new UsageError(
      `${join(directory, 'package.json')} can not be read: run ia-plugin in the folder of a plugin, or name that folder.`,
    );
  }
  if (text.length <= MAX_BYTES) return text.replace(/^\uFEFF/, '');
  throw new UsageError(`${join(directory, 'package.json')} is larger than ${MAX_BYTES} bytes.`);
};

/** What the manifest's own schema says, at its place. */
export const manifestFindings = (
  project: PluginProject,
  diagnostics: readonly ManifestDiagnostic[],
): readonly Finding[] =>
  diagnostics.map(({ path, message }) => {
    const parts = path === '' ? [] : path.split('.').map((part) => (/^\d+$/.test(part) ? Number(part) : part));
    const place = path === '' ? 'it' : path;
    return project.at(parts, { rule: 'manifest', message: `${place}: ${message}` });
  });
