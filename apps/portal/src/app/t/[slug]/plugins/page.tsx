import type { Metadata } from 'next';
import { InstalledPlugins } from '#src/plugins/installed-plugins.tsx';

export const metadata: Metadata = { title: 'Plugins' };

export default function PluginsPage() {
  return <InstalledPlugins />;
}
