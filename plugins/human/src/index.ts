import { definePlugin } from '@ia-modules/plugin-sdk';
import { approved, decidedBy } from './conditions.ts';
import { form } from './form.ts';
import { notify } from './notify.ts';

/** What it adds is used as `human.<name>`; the step `human.approval` is the engine’s own. */
export const plugin = definePlugin({ conditions: [approved, decidedBy], validators: [form], hooks: [notify] });
