import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { PipelineDefinition } from '@ia-modules/engine';
import type { Json } from '@ia-modules/plugin-sdk';
import { isObject } from './document.ts';
import { findingsIn } from './judge.ts';
import type { Subject } from './mutation.ts';

const OWN_FOLDER = path.join(import.meta.dirname, 'pipelines');
const EXAMPLES = path.resolve(import.meta.dirname, '../../examples');

/** Pipelines in a folder and below; files that hold something else are passed over. */
const readFolder = (folder: string): Subject[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.json') && !file.includes('node_modules'))
    .toSorted()
    .flatMap((name) => {
      const file = path.join(folder, name);
      const document = JSON.parse(readFileSync(file, 'utf8')) as Json;
      const isPipeline = isObject(document) && Array.isArray(document['steps']);
      const definition = document as unknown as PipelineDefinition;
      return isPipeline ? [{ name, folder: path.dirname(file), document, definition }] : [];
    });

/** Pipelines that use the whole language: written to be spoilt, and without a finding as they are. */
export const readOwnPipelines = (): Subject[] => readFolder(OWN_FOLDER);

/** All examples but those that show what is refused. */
export const readExamples = (): Subject[] =>
  readFolder(EXAMPLES).filter((subject) =>
    findingsIn(subject, subject.document).every(({ severity }) => severity !== 'error'),
  );
