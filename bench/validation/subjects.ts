import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { PipelineDefinition } from '@ia-modules/engine';
import type { Json } from '@ia-modules/plugin-sdk';
import type { Subject } from './mutation.ts';

const FOLDERS = [path.join(import.meta.dirname, 'pipelines'), path.resolve(import.meta.dirname, '../../examples')];

/** The pipelines that are spoilt: some that use the whole language, and all examples. */
export const readSubjects = (): Subject[] =>
  FOLDERS.flatMap((folder) =>
    readdirSync(folder)
      .filter((file) => file.endsWith('.json'))
      .toSorted()
      .map((file) => {
        const document = JSON.parse(readFileSync(path.join(folder, file), 'utf8')) as Json;
        return { name: path.basename(file, '.json'), document, definition: document as unknown as PipelineDefinition };
      }),
  );
