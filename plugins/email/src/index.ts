import { definePlugin } from '@ia-modules/plugin-sdk';
import { emailNotify } from './email-notify.ts';
import { emailSend } from './email-send.ts';

/** Its contributions are used as `email.<name>`. */
export const plugin = definePlugin({ steps: [emailSend], hooks: [emailNotify] });
