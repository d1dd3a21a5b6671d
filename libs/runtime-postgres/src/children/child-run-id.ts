import { v5 as uuidOf } from 'uuid';

/** The id of a sub-pipeline's run, the same whenever it is asked for. */
export const childRunId = (parentRunId: string, key: string): string => uuidOf(key, parentRunId);
