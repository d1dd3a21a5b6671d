import { readSandboxStatus, type SandboxStatus } from '../../plugins/sandbox-status.ts';
import { requireOperator } from '../../tenants/platform-operator.ts';
import { builder } from '../builder.ts';
import { example } from '../example.ts';
import { TenantRef } from '../refs.ts';

const SandboxLevelEnum = builder.enumType('SandboxLevel', {
  description: 'How plugins of others are isolated.',
  values: {
    CAGED: { value: 'caged', description: 'Each in namespaces, with a user, network and files of its own.' },
    PROCESS: { value: 'process', description: 'Each in a process without permissions; the operator has chosen less.' },
  } as const,
});

const SandboxStatusRef = builder.objectRef<SandboxStatus>('SandboxStatus').implement({
  description: 'How plugins of others are isolated where runs are worked on.',
  fields: (t) => ({
    level: t.expose('level', { type: SandboxLevelEnum, description: 'What the operator asks for.' }),
    isAvailable: t.boolean({
      description: 'Whether installed plugins can run: without a sandbox at this level, their steps fail.',
      resolve: ({ problem }) => problem === null,
    }),
  }),
});

const PlatformSandboxRef = builder.objectRef<SandboxStatus>('PlatformSandbox').implement({
  description: 'The sandbox of the worker, for who runs it.',
  fields: (t) => ({
    level: t.expose('level', { type: SandboxLevelEnum, description: 'What the settings of the worker ask for.' }),
    cage: t.exposeString('cage', {
      nullable: true,
      description: 'What makes the namespaces: `bubblewrap`, `unshare`.',
    }),
    problem: t.string({
      nullable: true,
      description: 'Why there is none at this level.',
      resolve: ({ problem }) => problem?.message ?? null,
    }),
    hint: t.string({
      nullable: true,
      description: 'What to do about it.',
      resolve: ({ problem }) => problem?.hint ?? null,
    }),
  }),
});

builder.objectField(TenantRef, 'sandbox', (t) =>
  t.field({
    type: SandboxStatusRef,
    nullable: true,
    description: 'How installed plugins are isolated; null while no worker says so.',
    resolve: ({ id }, _args, { session }) => session.read(id, 'plugin.read', readSandboxStatus),
  }),
);

const PlatformStatusRef = builder.objectRef<{ readonly sandbox: SandboxStatus | null }>('PlatformStatus').implement({
  description: 'What only the operator of the platform needs to know.',
  fields: (t) => ({
    sandbox: t.expose('sandbox', {
      type: PlatformSandboxRef,
      nullable: true,
      description: 'Null while no worker holds the lease.',
    }),
  }),
});

builder.queryField('platformStatus', (t) =>
  t.field({
    type: PlatformStatusRef,
    description: example(
      'How the platform is, for its operator; for everybody else an error.',
      '{ platformStatus { sandbox { level cage problem hint } } }',
    ),
    resolve: async (_root, _args, context) => {
      await requireOperator(context);
      return { sandbox: await readSandboxStatus(context.services.lookups) };
    },
  }),
);
