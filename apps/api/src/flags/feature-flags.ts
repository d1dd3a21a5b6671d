/** Who may switch a flag: owners and admins of the tenant, or the operator of the platform alone. */
export type FlagSetter = 'tenant' | 'operator';

type FlagRule = { readonly description: string; readonly isEnabled: boolean; readonly setBy: FlagSetter };

/** What can be switched on or off for a tenant. `isEnabled` is the default; each is asked in one place. */
export const FEATURE_FLAGS = {
  API_TOKENS: {
    description: 'New API tokens can be made. Those that are there go on working.',
    isEnabled: true,
    setBy: 'tenant',
  },
  COMMUNITY_PLUGINS: {
    description: 'Plugins that other tenants published for everyone can be installed.',
    isEnabled: true,
    setBy: 'tenant',
  },
  EVENT_TRIGGERS: {
    description:
      'Events start runs of pipelines that wait for them. What happens while it is off starts nothing later.',
    isEnabled: true,
    setBy: 'tenant',
  },
  INCOMING_WEBHOOKS: {
    description: 'Calls from outside start runs.',
    isEnabled: true,
    setBy: 'operator',
  },
  RUN_DEBUGGING: {
    description: 'Runs that go on can be stepped through, and what they work with be changed.',
    isEnabled: true,
    setBy: 'tenant',
  },
} as const satisfies Readonly<Record<string, FlagRule>>;

export type FeatureFlagName = keyof typeof FEATURE_FLAGS;

export const FEATURE_FLAG_NAMES = Object.keys(FEATURE_FLAGS) as FeatureFlagName[];
