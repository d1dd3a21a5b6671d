import { definePlugin } from '@ia-modules/plugin-sdk';
import { teamsNotify } from './teams-notify.ts';
import { teamsSend } from './teams-send.ts';

/** Used as `teams.<name>`. */
export const plugin = definePlugin({ steps: [teamsSend], hooks: [teamsNotify] });
