import { defineCondition } from '@ia-modules/plugin-sdk';
import { trusted } from '@ia-modules/plugin-sdk/trusted';
import { z } from 'zod';
import { filePath } from './file-path.ts';
import { lookAt } from './look-at.ts';

export const fileMatches = defineCondition({
  name: 'matches',
  title: 'A file is of a size or an age',
  description: 'Holds when a plain file is there and fits all bounds that are given.',
  config: z.strictObject({
    path: filePath,
    min_size_bytes: z.int().min(0).optional().describe('It has at least so many bytes.'),
    max_size_bytes: z.int().min(0).optional().describe('It has at most so many bytes.'),
    min_age_ms: z.int().min(0).optional().describe('It was not changed for at least so long.'),
    max_age_ms: z.int().min(0).optional().describe('It was changed at most so long ago.'),
  }),
  evaluate: async ({ config }, ctx) => {
    const info = await lookAt(trusted(ctx), config.path);
    if (info?.isFile() !== true) return false;
    return (
      isWithin(info.size, config.min_size_bytes, config.max_size_bytes) &&
      isWithin(ctx.clock.now() - info.mtimeMs, config.min_age_ms, config.max_age_ms)
    );
  },
});

const isWithin = (value: number, least = -Infinity, most = Infinity): boolean => value >= least && value <= most;
