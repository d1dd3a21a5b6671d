import { readFileSync } from 'node:fs';
import { PERMISSIONS, type Permission } from '@ia-modules/database';
import { buildSchema, isObjectType } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MUTATION_PERMISSIONS, NOT_IN_GRAPHQL, TENANT_FIELD_PERMISSIONS } from './access/operation-permissions.ts';
import { PERMISSION_PROBES } from './access/permission-probes.ts';
import { type ExampleStage, openExampleStage } from './example-stage.ts';
import { openPermissionMatrix, type PermissionMatrix } from './permission-matrix.ts';

const schema = buildSchema(readFileSync(new URL('../schema.graphql', import.meta.url), 'utf8'));
const permissions = Object.keys(PERMISSIONS) as Permission[];

const fieldsOf = (name: string): readonly string[] => {
  const type = schema.getType(name);
  return isObjectType(type) ? Object.keys(type.getFields()).toSorted() : [];
};

describe('the tables of this test', () => {
  it('name each mutation and what it asks for', () => {
    expect(fieldsOf('Mutation').filter((name) => !(name in MUTATION_PERMISSIONS))).toEqual([]);
    expect(Object.keys(MUTATION_PERMISSIONS).filter((name) => !fieldsOf('Mutation').includes(name))).toEqual([]);
  });

  it('name each field of a tenant and what it asks for', () => {
    expect(fieldsOf('Tenant').filter((name) => !(name in TENANT_FIELD_PERMISSIONS))).toEqual([]);
    expect(Object.keys(TENANT_FIELD_PERMISSIONS).filter((name) => !fieldsOf('Tenant').includes(name))).toEqual([]);
  });

  it('have an operation for each permission', () => {
    const missing = permissions.filter((name) => !(name in PERMISSION_PROBES) && !NOT_IN_GRAPHQL.has(name));
    expect(missing).toEqual([]);
  });
});

describe('every permission', () => {
  let stage: ExampleStage;
  let matrix: PermissionMatrix;

  beforeAll(async () => {
    stage = await openExampleStage();
    const scene = await stage.newScene();
    matrix = await openPermissionMatrix(scene, await stage.newScene());
  });

  afterAll(async () => {
    await matrix?.close();
    await stage?.close();
  });

  it.each(permissions.filter((name) => !NOT_IN_GRAPHQL.has(name)))(
    '%s is asked for as the table says',
    async (name) => {
      expect(await matrix.findBreaches([name])).toEqual([]);
    },
  );
});
