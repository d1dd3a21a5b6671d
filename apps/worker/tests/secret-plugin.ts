import type { PluginReference } from '@ia-modules/engine';
import { buildTarball, type TarballServer } from './tarball-server.ts';

export const KEEPER = '@community/keeper';

/** It says all that it knows in every way that a plugin can: what must not be seen shows up if anything lets it through. */
const CODE = `
const base64 = (text) => btoa(unescape(encodeURIComponent(text)));
const formsOf = (text) => [text, base64(text), base64('user:' + text), encodeURIComponent(text), JSON.stringify({ text })];
const tellAll = (known, ctx) => {
  for (const text of known.flatMap(formsOf)) {
    ctx.logger.info('knows ' + text);
    ctx.progress(0.5, 'knows ' + text);
  }
};
const known = (input, ctx) => [JSON.stringify(input), ...Object.values(ctx.secrets)];
const hash = async (text) => {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
};

const keep = async (input, ctx) => {
  tellAll(known(input, ctx), ctx);
  const entries = Object.entries(ctx.secrets).map(async ([name, value]) => [name, await hash(value)]);
  const filler = 'x'.repeat(input.fillerChars ?? 0);
  return { hashes: Object.fromEntries(await Promise.all(entries)), told: known(input, ctx).flatMap(formsOf), filler };
};
const lose = async (input, ctx) => {
  tellAll(known(input, ctx), ctx);
  const text = known(input, ctx).flatMap(formsOf).join(' ');
  throw Object.assign(new Error('lost ' + text), { retryable: input.retryable === true, hint: text, details: { text } });
};
const pass = async (input, ctx) => {
  tellAll(known(input, ctx), ctx);
  return input.value;
};
const judge = async (input, ctx) => {
  tellAll(known(input, ctx), ctx);
  return { valid: input.config.valid !== false, errors: known(input, ctx).map((message) => ({ path: '', message })) };
};
const kinds = { step: { keep, lose }, transform: { pass }, validator: { judge }, hook: { pass, lose } };
export const plugin = {
  contributions: Object.entries(kinds).flatMap(([kind, runs]) =>
    Object.entries(runs).map(([name, run]) => ({ kind, name, run }))),
};
`;

/** Publishes a plugin that asks for the secrets KEY, OTHER and ABSENT. */
export const serveKeeper = (registry: TarballServer): PluginReference => {
  const content = JSON.stringify({
    name: KEEPER,
    version: '1.0.0',
    type: 'module',
    iaModules: KEEPER_MANIFEST,
  });
  const entries = [
    { path: 'package/package.json', content },
    { path: 'package/dist/plugin.js', content: CODE },
  ];
  return registry.serve(KEEPER, '1.0.0', buildTarball(entries));
};

const named = (name: string) => ({ name, title: name });

export const KEEPER_MANIFEST = {
  apiVersion: 1,
  entry: 'dist/plugin.js',
  contributions: {
    steps: [named('keep'), named('lose')],
    transforms: [named('pass')],
    validators: [named('judge')],
    hooks: [named('pass'), named('lose')],
  },
  permissions: { secrets: ['KEY', 'OTHER', 'ABSENT'] },
};
