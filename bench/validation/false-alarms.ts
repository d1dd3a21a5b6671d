import type { Diagnostic } from '@ia-modules/engine';
import { findingsIn } from './judge.ts';
import type { NeutralOperator, Subject } from './mutation.ts';
import { createRandom, sample } from './random.ts';

export type NeutralOptions = {
  readonly subjects: readonly Subject[];
  readonly operators: readonly NeutralOperator[];
  readonly seed: number;
  readonly perOperator: number;
};

export type FalseAlarm = {
  readonly operator: string;
  readonly pipeline: string;
  readonly found: readonly Diagnostic[];
};

/** Writes every pipeline differently and collects what is complained about and was not before. */
export const findFalseAlarms = ({ subjects, operators, seed, perOperator }: NeutralOptions) => {
  const alarms: FalseAlarm[] = [];
  let mutations = 0;
  for (const [index, subject] of subjects.entries()) {
    const before = countByCode(findingsIn(subject, subject.document));
    for (const [place, operator] of operators.entries()) {
      const random = createRandom(seed * 1_000_003 + place * 1_009 + index);
      for (const { make, format } of sample(operator.mutate(subject), perOperator, random)) {
        mutations += 1;
        // Places move with what is written around them: findings are told apart by their codes.
        const findings = findingsIn(subject, make(), format);
        const after = countByCode(findings);
        const found = findings.filter(({ code }) => (after.get(code) ?? 0) > (before.get(code) ?? 0));
        if (found.length > 0) alarms.push({ operator: operator.name, pipeline: subject.name, found });
      }
    }
  }
  return { mutations, alarms };
};

const countByCode = (findings: readonly Diagnostic[]): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>();
  for (const { code } of findings) counts.set(code, (counts.get(code) ?? 0) + 1);
  return counts;
};

/** The false alarms as text. */
export const describeAlarms = (alarms: readonly FalseAlarm[]): string =>
  alarms
    .map(({ operator, pipeline, found }) => {
      const lines = found
        .slice(0, 2)
        .map(({ severity, code, path, message }) => `  - ${severity} ${code} at ${path}: ${message}`);
      return [`- ${operator} of ${pipeline}`, ...lines].join('\n');
    })
    .join('\n');
