import type { ContributionChange } from '../../marketplace/differences/compare-contributions.ts';
import type { SchemaChange } from '../../marketplace/differences/compare-schemas.ts';
import { builder } from '../builder.ts';
import { ContributionKindEnum } from './plugin-contribution.ts';

const ChangeKindEnum = builder.enumType('ContributionChangeKind', {
  description: 'What became of something from one version to another.',
  values: {
    ADDED: { value: 'added', description: 'It was not there before.' },
    REMOVED: { value: 'removed', description: 'It is not there any more.' },
    CHANGED: { value: 'changed', description: 'It is another one.' },
  } as const,
});

const SchemaChangeRef = builder.objectRef<SchemaChange>('SchemaChange').implement({
  description: 'How a part of what a contribution takes or gives differs from another version.',
  fields: (t) => ({
    path: t.exposeString('path', { description: 'To the part of the value: `$.items[].name`; `$` is all of it.' }),
    change: t.expose('change', { type: ChangeKindEnum, description: 'What became of it.' }),
    isBreaking: t.exposeBoolean('isBreaking', { description: 'Whether what fitted before may fail now.' }),
    message: t.exposeString('message', { description: 'What is different.' }),
  }),
});

export const ContributionChangeRef = builder.objectRef<ContributionChange>('ContributionChange').implement({
  description: 'How a contribution of a plugin differs from that of another version.',
  fields: (t) => ({
    kind: t.expose('kind', { type: ContributionKindEnum, description: 'What it is.' }),
    name: t.exposeString('name', { description: 'How definitions name it, behind the alias of the plugin.' }),
    change: t.expose('change', { type: ChangeKindEnum, description: 'What became of it.' }),
    isBreaking: t.exposeBoolean('isBreaking', {
      description: 'Whether a pipeline that uses it may fail with the other version.',
    }),
    input: t.field({
      type: [SchemaChangeRef],
      description: 'How what it is given differs: the `with` of a step, the configuration of anything else.',
      resolve: ({ input }) => [...input],
    }),
    output: t.field({
      type: [SchemaChangeRef],
      description: 'How what it returns differs.',
      resolve: ({ output }) => [...output],
    }),
  }),
});
