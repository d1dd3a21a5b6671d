import type { PlatformError } from '@ia-modules/plugin-sdk';
import type { Path } from '../definition/diagnostic.ts';
import type { Readings } from './expression-place.ts';
import type { PipelineCheck } from './pipeline-check.ts';

type Unreadable = { readonly error: PlatformError; readonly path: Path; readonly readings: Readings };

/** Reports an expression that does not compile. */
export const reportUnreadable = ({ diagnostics }: PipelineCheck, { error, path, readings }: Unreadable): void => {
  readings.hasUnreadable = true;
  diagnostics.add({
    code: error.code,
    path,
    message: error.message.endsWith('.') ? error.message : `${error.message}.`,
    hint: error.hint,
  });
};
