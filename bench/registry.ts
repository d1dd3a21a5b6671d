/**
 * Measures the registry beside a bare Verdaccio with the same packages, in turns on the same core: many `npm install` at
 * once, the same requests without npm, and how long a published plugin takes until a search finds it. `--quick` tries
 * everything with small counts; `--write` puts the figures into docs/benchmarks.md.
 *
 *   npm run bench -- registry [--quick] [--write]
 */
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { formatTable, median, percentile, summarize } from '@ia-modules/benchmark';
import { cpuTimeMs } from './api/cpu-time.ts';
import { leaveServerCore } from './api/pinned-process.ts';
import { loadRegistry } from './registry/http-load.ts';
import { npm } from './registry/npm.ts';
import { type Subject, type Subjects, openSubjects, publish } from './registry/subjects.ts';
import { describeMachine, writeSection } from './report/section.ts';

const options = new Set(process.argv.slice(2));
const isQuick = options.has('--quick');
const CLIENTS = isQuick ? 4 : 50;
const ROUNDS = isQuick ? 1 : 5;
const LOAD_SECONDS = isQuick ? 1 : 6;
const SEARCHES = isQuick ? 2 : 10;
const TARGET_SLOWDOWN = 1.15;

type Round = Readonly<{ seconds: number; cpuMs: number; failures: number }>;

/** As many real npm clients at once as asked for, each with a cache of its own. */
const installAtOnce = async ({ directory, plugins, token }: Subjects, { pid, url }: Subject): Promise<Round> => {
  const projects = await Promise.all(
    Array.from({ length: CLIENTS }, async () => {
      const cwd = await mkdtemp(path.join(directory, 'project-'));
      await writeFile(path.join(cwd, 'package.json'), '{"name":"project","version":"1.0.0"}');
      return cwd;
    }),
  );
  await mkdir(directory, { recursive: true });
  const cpuBefore = cpuTimeMs(pid);
  const startedAt = performance.now();
  const ended = await Promise.allSettled(
    projects.map((cwd) => npm({ home: cwd, cwd, url, token }, ['install', ...plugins])),
  );
  const seconds = (performance.now() - startedAt) / 1_000;
  const failures = ended.filter(({ status }) => status === 'rejected').length;
  return { seconds, cpuMs: (cpuTimeMs(pid) - cpuBefore) / CLIENTS, failures };
};

type LoadRound = Readonly<{ perSecond: number; p95Ms: number; cpuMs: number; failures: number }>;

const loadOnce = async ({ plugins, token }: Subjects, { pid, url }: Subject): Promise<LoadRound> => {
  const cpuBefore = cpuTimeMs(pid);
  const figures = await loadRegistry({ url, token, plugins, seconds: LOAD_SECONDS, connections: CLIENTS });
  const cpuMs = (cpuTimeMs(pid) - cpuBefore) / figures.installs;
  return {
    perSecond: figures.installs / figures.seconds,
    p95Ms: percentile(figures.timesMs, 0.95),
    cpuMs,
    failures: figures.failures,
  };
};

/** Each subject once a round, in an order that changes. */
const inTurns = async <T>(subjects: Subjects, measure: (subject: Subject) => Promise<T>) => {
  const rounds: Record<'ours' | 'bare', T[]> = { ours: [], bare: [] };
  // What is loaded and compiled on first use is no part of it.
  await measure(subjects.bare);
  await measure(subjects.ours);
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const which of round % 2 === 0 ? (['bare', 'ours'] as const) : (['ours', 'bare'] as const)) {
      rounds[which].push(await measure(subjects[which]));
    }
  }
  return rounds;
};

/** From the start of `npm publish` until `npm search` lists the plugin. */
const timeToSearch = async ({ ours, token, directory }: Subjects): Promise<number[]> => {
  const times: number[] = [];
  for (let index = 0; index < SEARCHES; index += 1) {
    const name = `@community/found-${index}`;
    const startedAt = performance.now();
    await publish({ directory, url: ours.url, token, name, version: '1.0.0' });
    let isFound = false;
    while (!isFound) {
      const answer = await fetch(`${ours.url}/-/v1/search?text=${encodeURIComponent(`found-${index}`)}`);
      isFound = (await answer.text()).includes(`"${name}"`);
    }
    times.push((performance.now() - startedAt) / 1_000);
  }
  return times;
};

const of = <T>(rounds: readonly T[], pick: (round: T) => number): number => median(rounds.map(pick));
const sum = <T>(rounds: readonly T[], pick: (round: T) => number): number =>
  rounds.reduce((total, round) => total + pick(round), 0);

leaveServerCore();
await using subjects = await openSubjects();
const installs = await inTurns(subjects, (subject) => installAtOnce(subjects, subject));
const loads = await inTurns(subjects, (subject) => loadOnce(subjects, subject));
const searchable = summarize(await timeToSearch(subjects));
const slowdown = of(installs.ours, ({ seconds }) => seconds) / of(installs.bare, ({ seconds }) => seconds);
const served = of(loads.bare, ({ perSecond }) => perSecond) / of(loads.ours, ({ perSecond }) => perSecond);
const both = ['ours', 'bare'] as const;
const report = [
  '## The registry',
  `${describeMachine()} \`npm run bench -- registry\` measures again.${isQuick ? ' Small counts, to try it out.' : ''}`,
  `Beside a bare Verdaccio with the same ${subjects.plugins.length} plugins, in turns, both on one core of their own; medians of ${ROUNDS} rounds.`,
  formatTable(
    [`${CLIENTS} npm install at once`, 'seconds', 'server CPU ms per install', 'failures'],
    both.map((which) => [
      subjects[which].name,
      of(installs[which], ({ seconds }) => seconds),
      of(installs[which], ({ cpuMs }) => cpuMs),
      sum(installs[which], ({ failures }) => failures),
    ]),
  ),
  formatTable(
    [
      `the same requests over ${CLIENTS} connections, without npm`,
      'installs/s',
      'p95 ms',
      'server CPU ms per install',
      'failures',
    ],
    both.map((which) => [
      subjects[which].name,
      of(loads[which], ({ perSecond }) => perSecond),
      of(loads[which], ({ p95Ms }) => p95Ms),
      of(loads[which], ({ cpuMs }) => cpuMs),
      sum(loads[which], ({ failures }) => failures),
    ]),
  ),
  `Ours takes ${slowdown.toFixed(2)} times as long with npm and ${served.toFixed(2)} times as long without it (goal: at most ${TARGET_SLOWDOWN}).`,
  `From the start of \`npm publish\` until the search of the registry finds the plugin: ${searchable.median.toFixed(2)} s median, ${searchable.max.toFixed(2)} s at most, of ${SEARCHES} (without the start of the plugin that the gate tries).`,
].join('\n\n');
process.stdout.write(`${report}\n`);
if (options.has('--write') && !isQuick) writeSection('registry', report);
