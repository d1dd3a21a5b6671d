/** The built-in objects that a careless host would let a plugin change. */
const BUILT_INS: Readonly<Record<string, object>> = {
  'Object.prototype': Object.prototype,
  'Array.prototype': Array.prototype,
  'Function.prototype': Function.prototype,
  'String.prototype': String.prototype,
  'Promise.prototype': Promise.prototype,
  'Map.prototype': Map.prototype,
  'Error.prototype': Error.prototype,
  'Buffer.prototype': Buffer.prototype,
  JSON,
  Math,
  Reflect,
};

export type HostRealm = {
  /** What is not as it was when this watch began, and errors that nobody caught. */
  readonly changes: () => readonly string[];
  readonly stop: () => void;
};

export const watchHostRealm = (): HostRealm => {
  const before = snapshot();
  const uncaught: string[] = [];
  const note = (error: unknown): void => void uncaught.push(`uncaught ${String(error)}`);
  process.on('unhandledRejection', note);
  process.on('uncaughtExceptionMonitor', note);
  return {
    changes: () => [
      ...Object.entries(snapshot())
        .filter(([name, keys]) => before[name] !== keys)
        .map(([name]) => name),
      ...uncaught.splice(0),
    ],
    stop: () => {
      process.off('unhandledRejection', note);
      process.off('uncaughtExceptionMonitor', note);
    },
  };
};

const snapshot = (): Record<string, string> =>
  Object.fromEntries(
    Object.entries(BUILT_INS).map(([name, value]) => [name, Reflect.ownKeys(value).map(String).toSorted().join()]),
  );
