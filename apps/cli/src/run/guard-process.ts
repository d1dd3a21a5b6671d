import { PlatformError } from '@ia-modules/plugin-sdk';

export type ProcessGuard = {
  /** What may not be shown is masked in all that is printed meanwhile. */
  readonly mask: (text: string) => string;
  /** Told of errors outside of any attempt: of a timer, or of a promise that nobody waits for. */
  readonly onStray: (problem: string) => void;
};

const STRAY_EVENTS = ['uncaughtException', 'unhandledRejection'] as const;

/**
 * Lets work that runs in this process with its rights neither end it nor write into its result: standard output goes to
 * standard error meanwhile.
 */
export const guardProcess = async <T>(work: () => Promise<T>, { mask, onStray }: ProcessGuard): Promise<T> => {
  const { stdout, stderr } = process;
  const write = printingMasked(stderr.write.bind(stderr), mask);
  const onStrayError = (error: unknown): void => onStray(mask(describe(error)));
  const restore = [
    replace(stdout, 'write', write),
    replace(stderr, 'write', write),
    replace(process, 'exit', refuseToExit),
  ];
  for (const event of STRAY_EVENTS) process.on(event, onStrayError);
  try {
    return await work();
  } finally {
    for (const event of STRAY_EVENTS) process.off(event, onStrayError);
    for (const undo of restore) undo();
  }
};

const replace = (target: object, name: string, value: unknown): (() => void) => {
  const before: unknown = Reflect.get(target, name);
  Reflect.set(target, name, value);
  return () => void Reflect.set(target, name, before);
};

type Written = () => void;
type Print = (text: string, onWritten?: Written) => boolean;

const printingMasked =
  (print: Print, mask: ProcessGuard['mask']) =>
  (chunk: string | Uint8Array, encoding?: BufferEncoding | Written, onWritten?: Written): boolean => {
    const text = typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString('utf8');
    return print(mask(text), typeof encoding === 'function' ? encoding : onWritten);
  };

const refuseToExit = (): never => {
  throw new PlatformError({
    code: 'IA_TASK_FAILED',
    message: 'A local step tried to end the process.',
    hint: 'Throw an error to fail the step.',
  });
};

const describe = (error: unknown): string =>
  error instanceof Error ? `${error.name}: ${error.message}` : String(error);
