import { hostname, userInfo } from 'node:os';
import { PROTOCOL_LIMITS } from '@ia-modules/plugin-sdk/protocol';
import type { MetricRecord } from '@ia-modules/plugin-sdk/host';
import type { Canary } from './attempt.ts';
import type { Canaries } from './canaries.ts';
import { markedProcesses } from './marked-processes.ts';

/** All that a host lets its callers see of one attempt. */
export type Outcome = {
  readonly output: unknown;
  readonly error: unknown;
  readonly logs: readonly { readonly level: unknown; readonly message: unknown }[];
  readonly progress: readonly unknown[];
  readonly costs: readonly unknown[];
  readonly spans: readonly unknown[];
  readonly metrics: readonly unknown[];
  /** Packages that the plugin got to call, and the references of blobs that it got to read. */
  readonly reached: readonly string[];
  /** What calls of others got, who have nothing to do with the attempt. */
  readonly others: readonly unknown[];
};

export type Evidence = {
  readonly outcome: Outcome;
  readonly canaries: Canaries;
  readonly realmChanges: readonly string[];
  /** Folders of the host whose names must not come out. */
  readonly hostPaths: readonly string[];
};

/** What a call beside the attempt gets. */
export const OTHERS_ANSWER = 'beside';
const METRIC_NAME = /^[a-z][a-z0-9_.]*$/;
const MAX_COST_USD = 1_000_000;
const MAX_LINES = PROTOCOL_LIMITS.logLinesPerCall + 1;

/** Names every canary that fired. */
export const judge = async ({ outcome, canaries, realmChanges, hostPaths }: Evidence): Promise<readonly Canary[]> => {
  const { contents, servers, mark } = canaries;
  const shown = shownTexts(outcome);
  const everything = [JSON.stringify(outcome.output) ?? '', ...shown].join('\n');
  const fired: readonly [Canary, boolean][] = [
    ['file-read', everything.includes(contents.file)],
    ['file-write', (await canaries.changedFiles()).length > 0],
    ['network', servers.takeHits().length > 0],
    ['environment', everything.includes(contents.environment)],
    [
      'secret',
      everything.includes(contents.ungranted) ||
        formsOf(contents.granted).some((form) => shown.join('\n').includes(form)),
    ],
    ['tenant', everything.includes(contents.tenant)],
    ['process', markedProcesses(mark).length > 0 || !canaries.isProcessAlive()],
    ['identity', identityTexts(hostPaths).some((text) => everything.includes(text))],
    ['forged', everything.includes(contents.forged) || hasImpossible(outcome)],
    ['limit', everything.includes(contents.exceeded) || isTooMuch(outcome, everything.length)],
    ['realm', realmChanges.length > 0],
    ['terminal', hasControlCharacters(shown.join('\n'))],
  ];
  return fired.filter(([, hasFired]) => hasFired).map(([canary]) => canary);
};

/** Logs, errors and whatever else people and other tenants read, apart from the output. */
const shownTexts = ({ error, logs, progress, costs, spans, metrics, reached, others }: Outcome): readonly string[] => {
  const { name, message, code, hint, details, cause } = (error ?? {}) as Record<string, unknown>;
  return [
    ...[name, message, code, hint, details].map((text) => rawText(text)),
    cause instanceof Error ? cause.message : '',
    ...logs.map(({ message: line }) => rawText(line)),
    ...[costs, progress, spans, metrics, reached, others].flat().map((value) => rawText(value)),
  ];
};

/** As JSON, but with control characters as they are. */
const rawText = (value: unknown): string => {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.entries(value)
    .map(([key, part]) => `${key}=${rawText(part)}`)
    .join(';');
};

/** A secret as logs and errors may hold it without its having been hidden on purpose. */
const formsOf = (secret: string): readonly string[] => [
  secret,
  ...(['base64url', 'hex'] as const).map((encoding) => Buffer.from(secret).toString(encoding)),
];

/** An attempt says what it learned as `name=value`, so that a short name is no false alarm. */
const identityTexts = (hostPaths: readonly string[]): readonly string[] => [
  ...hostPaths,
  `hostname=${hostname()}`,
  `user=${userInfo().username};`,
  `uid=${process.getuid?.()};`,
  `ppid=${process.pid};`,
];

/** No attempt has the permission for blobs or a dependency to call, and others get what they asked for. */
const hasImpossible = ({ progress, costs, logs, metrics, reached, others }: Outcome): boolean =>
  reached.length > 0 ||
  others.some((answer) => answer !== OTHERS_ANSWER) ||
  metrics.some((metric) => !isMetric(metric as Partial<MetricRecord>)) ||
  costs.some((usd) => typeof usd !== 'number' || !(usd >= 0 && usd <= MAX_COST_USD)) ||
  progress.some((value) => {
    const [fraction] = value as readonly unknown[];
    return typeof fraction !== 'number' || !(fraction >= 0 && fraction <= 1);
  }) ||
  logs.some(({ level, message }) => typeof message !== 'string' || !/^(?:debug|info|warn|error)$/.test(String(level)));

const isMetric = ({ name, value, labels }: Partial<MetricRecord>): boolean =>
  METRIC_NAME.test(name ?? '') && Number.isFinite(value) && Object.keys(labels ?? {}).length <= PROTOCOL_LIMITS.labels;

const isTooMuch = ({ logs, progress, costs, spans, metrics }: Outcome, totalChars: number): boolean =>
  logs.length > MAX_LINES ||
  logs.some(({ message }) => String(message).length > PROTOCOL_LIMITS.logLineChars) ||
  [progress, costs, spans, metrics].some((list) => list.length > PROTOCOL_LIMITS.framesPerCall) ||
  totalChars > PROTOCOL_LIMITS.frameBytes + PROTOCOL_LIMITS.logLineChars * MAX_LINES;

// oxlint-disable-next-line no-control-regex -- control characters are what it looks for
const hasControlCharacters = (text: string): boolean => /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/.test(text);
