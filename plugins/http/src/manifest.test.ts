import { readFileSync } from 'node:fs';
import { parseManifest } from '@ia-modules/plugin-sdk';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { httpPlugin, httpRequestInput, httpRequestOutput } from './index.ts';

const parsed = parseManifest(JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')));

describe('the manifest of the http plugin', () => {
  it('declares the steps that the code has', () => {
    expect(parsed.ok && parsed.manifest.contributions.steps.map((step) => step.name)).toEqual([
      ...httpPlugin.steps.keys(),
    ]);
  });

  it('declares the schemas that the code checks', () => {
    const step = parsed.ok ? parsed.manifest.contributions.steps[0] : undefined;
    const schemaOf = (schema: z.ZodType, io: 'input' | 'output') => {
      const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' });
      return rest;
    };
    expect(step?.input).toEqual(schemaOf(httpRequestInput, 'input'));
    expect(step?.output).toEqual(schemaOf(httpRequestOutput, 'output'));
  });
});
