import { readFileSync, writeFileSync } from 'node:fs';
import { PERMISSIONS, ROLES } from '@ia-modules/database';
import { inRepository } from './repository.ts';
import { withPermissionTable } from './verify/permission-table.ts';

const file = inRepository('docs/access.md');
writeFileSync(file, withPermissionTable(readFileSync(file, 'utf8'), { roles: ROLES, permissions: PERMISSIONS }));
