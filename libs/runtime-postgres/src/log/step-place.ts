import { createHash } from 'node:crypto';

/** A step of a pipeline: what runs leave to later ones they leave to the same step, and to no other. */
export type StepPlace = { readonly tenantId: string; readonly pipelineId: string; readonly stepId: string };

/** A key or a context may be any text of a run's data, however long. */
export const digestOf = (text: string): string => createHash('sha256').update(text).digest('base64');
