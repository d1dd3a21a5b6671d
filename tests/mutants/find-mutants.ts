import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { PERMISSIONS } from '@ia-modules/database';
import type { Mutant } from './mutant.ts';

const root = path.resolve(import.meta.dirname, '../..');
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');

/** What everybody in a tenant may do with any token that may look at it. */
const WEAKEST = "'tenant.read'";
/** The same words name what was done, in the audit log. */
const AUDIT_ACTION = /action: $/;

const permissionLiterals = (file: string): Mutant[] => {
  const source = read(file);
  return [...source.matchAll(/'(?<permission>[a-z][A-Za-z]*\.[a-z][A-Za-z]*)'/g)].flatMap((match) => {
    const permission = match.groups?.['permission'] ?? '';
    const isCheck = Object.hasOwn(PERMISSIONS, permission) && !AUDIT_ACTION.test(source.slice(0, match.index));
    if (!isCheck || permission === 'tenant.read') return [];
    const line = source.slice(0, match.index).split('\n').length;
    return [
      {
        name: `${file}:${line} asks for tenant.read in place of ${permission}`,
        file,
        start: match.index,
        end: match.index + match[0].length,
        replacement: WEAKEST,
      },
    ];
  });
};

/** Every place in the API that names the permission which it needs: each asks for the weakest one in its place. */
export const findPermissionMutants = (): readonly Mutant[] =>
  globSync('apps/api/src/**/*.ts', { cwd: root })
    .filter((file) => !file.endsWith('.test.ts'))
    .toSorted()
    .flatMap(permissionLiterals);

type Removal = Readonly<{ name: string; file: string; text: string; replacement?: string }>;

/** The few lines through which everything passes. */
const DOORS: readonly Removal[] = [
  {
    name: 'strangers are let in',
    file: 'apps/api/src/access.ts',
    text: 'if (roleIn(principal, tenantId) === undefined) throw notFound();',
  },
  {
    name: 'members may do everything',
    file: 'apps/api/src/access.ts',
    text: 'if (!can(principal, tenantId, permission)) {',
    replacement: 'if (false) {',
  },
  {
    name: 'the role does not count',
    file: 'libs/database/src/permissions.ts',
    text: 'role === undefined || !rule.roles.includes(role)',
    replacement: 'role === undefined',
  },
  {
    name: 'the scopes of a token do not count',
    file: 'libs/database/src/permissions.ts',
    text: 'principal.scopes.includes(rule.scope)',
    replacement: 'true',
  },
  {
    name: 'a token counts in every tenant',
    file: 'libs/database/src/permissions.ts',
    text: 'return principal.tenantId === tenantId ? principal.role : undefined;',
    replacement: 'return principal.role;',
  },
];

const toMutant = ({ name, file, text, replacement = '' }: Removal): Mutant => {
  const source = read(file);
  const start = source.indexOf(text);
  if (start < 0) throw new Error(`${file} has no "${text}" any more: say here what stands in its place.`);
  return { name: `${file}: ${name}`, file, start, end: start + text.length, replacement };
};

export const findDoorMutants = (): readonly Mutant[] => [...DOORS.map(toMutant), ...sessionDoors()];

/** Reading and writing ask who may, each by itself. */
const sessionDoors = (): readonly Mutant[] => {
  const file = 'apps/api/src/tenant-session.ts';
  const source = read(file);
  const calls = [...source.matchAll(/requireAccess\((?<principal>[^;]+?), tenantId, permission\)/g)];
  if (calls.length < 2) throw new Error(`${file} asks for access in fewer than two places.`);
  return calls.map((match, index) => ({
    name: `${file}: nobody is asked for access (${index + 1})`,
    file,
    start: match.index,
    end: match.index + match[0].length,
    replacement: `(${match.groups?.['principal'] ?? ''})!`,
  }));
};
