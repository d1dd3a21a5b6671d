import { isLoopback } from '@ia-modules/service';
import type { DevConfig } from './config.ts';
import type { PlatformAccess } from './platform-file.ts';

/** The one table that a person needs after a start. */
export function banner(access: PlatformAccess, config: DevConfig): string {
  const rows: readonly (readonly [string, string])[] = [
    ['Portal', access.portal],
    ['GraphQL', access.graphql],
    ['Registry', access.registry],
    ['Demo sign-in', `${access.demo.email}  ${access.demo.password}`],
    ...(access.operator === undefined
      ? []
      : [['Operator', `${access.operator.email}  ${access.operator.password}`] as const]),
    ['Access file', `${config.dataDir}/platform.json`],
    ...(config.hasSmtp ? [] : [['Mails', config.outbox] as const]),
    ['Logs', `${config.dataDir}/logs`],
  ];
  return [...table(rows), ...warnings(config)].join('\n');
}

function table(rows: readonly (readonly [string, string])[]): string[] {
  const widths = [0, 1].map((column) => Math.max(...rows.map((row) => row[column as 0 | 1].length)));
  const [left = 0, right = 0] = widths;
  const rule = (start: string, middle: string, end: string) =>
    `${start}${'─'.repeat(left + 2)}${middle}${'─'.repeat(right + 2)}${end}`;
  const lines = rows.map(([name, value]) => `│ ${name.padEnd(left)} │ ${value.padEnd(right)} │`);
  return [rule('┌', '┬', '┐'), ...lines, rule('└', '┴', '┘')];
}

function warnings(config: DevConfig): string[] {
  if (isLoopback(config.host)) return [];
  return [
    `Warning: IA_HOST=${config.host} makes this reachable from other machines over plain http, passwords included.`,
    'Put a proxy that speaks TLS in front, or use this in a trusted network only.',
  ];
}
