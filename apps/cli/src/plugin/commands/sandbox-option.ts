import type { SandboxLevel } from '@ia-modules/plugin-host';
import { type Command, Option } from 'commander';

export type SandboxOptions = { readonly sandbox: SandboxLevel };

/** How the code of the plugin is isolated while it runs here. */
export const addSandboxOption = (command: Command): Command =>
  command.addOption(
    new Option('--sandbox <level>', 'how to isolate the plugin')
      .choices(['caged', 'process'])
      .default(process.platform === 'linux' ? 'caged' : 'process'),
  );
