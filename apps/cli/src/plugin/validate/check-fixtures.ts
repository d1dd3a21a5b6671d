import { contractOf } from '@ia-modules/plugin-host';
import { contributionsOf, PlatformError, type PluginManifest, type PluginPackage } from '@ia-modules/plugin-sdk';
import type { Finding } from '../finding.ts';
import type { FixtureFile } from '@ia-modules/plugin-checks';

/** Whether fixtures call what there is, with what it takes; and which contribution has none. */
export const checkFixtures = (
  { name, version }: PluginPackage,
  manifest: PluginManifest,
  fixtures: readonly FixtureFile[],
): readonly Finding[] => {
  const wrong = fixtures.flatMap(({ file, fixture }): readonly Finding[] => {
    const { kind, contribution, input, expect } = fixture;
    const tell = (message: string): Finding => ({ severity: 'error', rule: 'fixture', file, message });
    try {
      const contract = contractOf({ name, version, manifest }, { kind, name: contribution });
      if (expect.output === undefined) return [];
      contract.readInput(input);
      contract.checkOutput(expect.output);
      return [];
    } catch (error) {
      if (error instanceof PlatformError) return [tell(error.message)];
      throw error;
    }
  });
  const without = contributionsOf(manifest).filter(
    (item) => !fixtures.some(({ fixture }) => fixture.kind === item.kind && fixture.contribution === item.name),
  );
  return [
    ...wrong,
    ...without.map(
      (item): Finding => ({
        severity: 'warning',
        rule: 'fixture-missing',
        file: 'fixtures',
        message: `has no fixture of the ${item.kind} ${item.name}`,
        hint: '`ia-plugin test` runs fixtures as the platform would.',
      }),
    ),
  ];
};
