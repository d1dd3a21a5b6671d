import { createPace } from '@ia-modules/bounded-work';
import type { ValidationProblem } from '@ia-modules/plugin-sdk';
import validator from 'validator';
import { z } from 'zod';
import { defineCheck, kindOf, MAX_PROBLEMS, pathField, placesIn } from './check.ts';

const MAX_ADDRESS_CHARS = 320;
const domain = z.string().min(1).max(253);

export const emailCheck = defineCheck({
  name: 'email',
  title: 'E-mail address',
  description: 'Checks that texts are e-mail addresses, by their form; whether mail arrives there is not asked.',
  config: z.strictObject({
    path: pathField,
    international: z.boolean().default(true).describe('Takes letters beyond ASCII: `jörg@bücher.example`.'),
    display_name: z.boolean().default(false).describe('Takes `Ann Example <ann@example.com>` as well.'),
    allowed_domains: z
      .array(domain)
      .max(1_000)
      .optional()
      .describe('Only these domains pass; `*.example.com` means those below example.com.'),
    blocked_domains: z.array(domain).max(1_000).default([]).describe('These do not.'),
  }),
  find: async (
    value,
    { path, international, display_name: takesName, allowed_domains: allowed, blocked_domains: blocked },
    ctx,
  ) => {
    const problems: ValidationProblem[] = [];
    const pace = createPace(ctx);
    const options = { allow_utf8_local_part: international, allow_display_name: takesName };
    for (const place of placesIn(value, path)) {
      if (pace.isDue()) await pace.rest();
      if (problems.length > MAX_PROBLEMS) break;
      const { value: text } = place;
      if (typeof text !== 'string')
        problems.push({ path: place.path, message: `is ${kindOf(text)}, and has to be a text` });
      else if (text.length > MAX_ADDRESS_CHARS || !isAddress(text, international, options)) {
        problems.push({ path: place.path, message: 'is no e-mail address' });
      } else {
        const own = toAscii(domainOf(text));
        if (allowed !== undefined && !allowed.some((pattern) => isWithin(own, pattern))) {
          problems.push({ path: place.path, message: `has a domain that is not allowed: ${own}` });
        } else if (blocked.some((pattern) => isWithin(own, pattern))) {
          problems.push({ path: place.path, message: `has a domain that is blocked: ${own}` });
        }
      }
    }
    return problems;
  },
});

const isAddress = (text: string, international: boolean, options: validator.IsEmailOptions): boolean => {
  // oxlint-disable-next-line no-control-regex
  if (!international && /[^\u0000-\u007F]/.test(text)) return false;
  return validator.isEmail(text, options);
};

const domainOf = (text: string): string => text.slice(text.lastIndexOf('@') + 1).replace(/>\s*$/, '');

/** As it stands in DNS, so that both spellings of a domain are the same. */
const toAscii = (domainName: string): string => {
  const url = `http://${domainName.toLowerCase()}`;
  return URL.canParse(url) ? new URL(url).hostname : domainName.toLowerCase();
};

const isWithin = (own: string, pattern: string): boolean =>
  pattern.startsWith('*.') ? own.endsWith(`.${toAscii(pattern.slice(2))}`) : own === toAscii(pattern);
