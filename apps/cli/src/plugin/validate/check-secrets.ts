import { globSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { positionAt } from '../../source-document.ts';
import type { Finding } from '../finding.ts';
import type { PackedFiles } from '../project/packed-files.ts';
import type { PluginProject } from '../project/plugin-project.ts';

const MAX_FILE_BYTES = 2 * 1024 * 1024;
const OWN_FILES = '{src,test,tests,fixtures}/**/*';

/** Credentials that are known by their form. */
const PATTERNS: readonly (readonly [string, RegExp])[] = [
  ['a private key', /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----/g],
  ['an AWS access key', /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/g],
  ['a GitHub token', /\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{40,})\b/g],
  ['a key of an LLM provider', /\bsk-(?:ant-|proj-)?[A-Za-z0-9_-]{24,}\b/g],
  ['a Slack token', /\bxox[abeprs]-[A-Za-z0-9-]{10,}\b/g],
  ['a Google API key', /\bAIza[0-9A-Za-z_-]{35}\b/g],
  ['an npm token', /\bnpm_[A-Za-z0-9]{36}\b/g],
  ['an API token of this platform', /\bia_[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])/g],
];

const PRIVATE_FILE = /(?:^|\/)(?:\.npmrc|\.env(?:\..+)?|id_(?:rsa|ed25519)|.+\.pem)$/;

/** Looks for credentials in what is published, and in the plugin's own files. They are named by their kind, never repeated. */
export const checkSecrets = async (
  { directory }: PluginProject,
  { files }: PackedFiles,
): Promise<readonly Finding[]> => {
  const packed = files.map((file) => file.path);
  const own = globSync(OWN_FILES, { cwd: directory });
  const privateFiles = packed
    .filter((file) => PRIVATE_FILE.test(file))
    .map(
      (file): Finding => ({ severity: 'error', rule: 'secret', file, message: 'is private and would be published' }),
    );
  const found = await Promise.all([...new Set([...packed, ...own])].map((file) => scanFile(directory, file)));
  return [...privateFiles, ...found.flat()];
};

const scanFile = async (directory: string, file: string): Promise<readonly Finding[]> => {
  const target = path.join(directory, file);
  const info = await stat(target).catch(() => undefined);
  if (info === undefined || !info.isFile() || info.size > MAX_FILE_BYTES) return [];
  const text = await readFile(target, 'latin1');
  return PATTERNS.flatMap(([what, pattern]) =>
    [...text.matchAll(pattern)].map(
      ({ index }): Finding => ({
        severity: 'error',
        rule: 'secret',
        file,
        ...positionAt(text, index),
        message: `holds what looks like ${what}`,
        hint: 'Revoke it, and let the plugin ask for a secret instead.',
      }),
    ),
  );
};
