import { definePlugin } from '@ia-modules/plugin-sdk';
import { webhookExport } from './webhook-export.ts';
import { webhookNotify } from './webhook-notify.ts';
import { webhookReport } from './webhook-report.ts';
import { webhookSend } from './webhook-send.ts';

/** Used as `webhook.<name>`. */
export const plugin = definePlugin({
  steps: [webhookSend],
  hooks: [webhookNotify],
  reporters: [webhookReport],
  exporters: [webhookExport],
});
