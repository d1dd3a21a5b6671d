import { definePlugin } from '@ia-modules/plugin-sdk';
import { slackNotify } from './slack-notify.ts';
import { slackSend } from './slack-send.ts';
import { slackUpload } from './slack-upload.ts';

/** Used as `slack.<name>`. */
export const plugin = definePlugin({ steps: [slackSend, slackUpload], hooks: [slackNotify] });
