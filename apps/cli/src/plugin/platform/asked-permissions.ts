import { contributionsOf, type PluginGrant, type PluginManifest } from '@ia-modules/plugin-sdk';
import { printable } from '../../printable.ts';

/** A plugin that asks for nothing needs nobody's consent. */
export const asksForNothing = ({ net, secrets, blobs }: PluginGrant): boolean =>
  net.length === 0 && secrets.length === 0 && !blobs;

/** What a version may use and needs, a name and a value each. */
export const describeRequests = (manifest: PluginManifest): readonly (readonly [string, string])[] => {
  const { net, secrets, blobs, memoryMb, cpuMs, timeoutMs } = manifest.permissions;
  const dependencies = Object.entries(manifest.dependencies).map(([name, range]) => `${name}@${range}`);
  return [
    ['hosts', orNone(net)],
    ['secrets', orNone(secrets)],
    ['stored bytes', blobs ? 'yes' : 'no'],
    ['limits', `${memoryMb} MB memory, ${cpuMs} ms CPU, ${timeoutMs} ms a call`],
    ['needs', orNone(dependencies)],
  ];
};

export const describeContributions = (manifest: PluginManifest): readonly (readonly string[])[] =>
  contributionsOf(manifest).map(({ kind, name, title, description }) => [
    kind,
    printable(name),
    printable(title),
    printable(description),
  ]);

const orNone = (values: readonly string[]): string => (values.length === 0 ? 'none' : values.map(printable).join(', '));
