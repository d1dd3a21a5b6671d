import os from 'node:os';
import path from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import { findBrowser } from '@ia-modules/dev/browser';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, inject, onTestFailed, test } from 'vitest';
import { createPipeline, signInDemoOwner } from './tenants.ts';

const platform = inject('platform');
const PIPELINE = 'browser-greeting';

let browser: Browser;

beforeAll(async () => {
  const isRoot = process.getuid?.() === 0;
  // Chromium's own sandbox refuses to start as root; the pages are ours.
  browser = await chromium.launch({ executablePath: await findBrowser(), args: isRoot ? ['--no-sandbox'] : [] });
  const owner = await signInDemoOwner(platform);
  await createPipeline(owner, {
    name: PIPELINE,
    parameters: { type: 'object', properties: { name: { type: 'string', default: 'Ada' } } },
    steps: [
      { id: 'greet', uses: 'core.noop', with: { text: 'Hello {{ parameters.name }}' } },
      { id: 'pause', uses: 'core.wait', with: { duration: '1s' } },
      { id: 'never', uses: 'core.noop' },
      { id: 'finish', uses: 'core.noop', join: 'all', with: { text: '{{ steps.greet.output.text }}!' } },
    ],
    flow: {
      transitions: [
        { from: 'greet', to: 'pause', condition: "parameters.name != ''" },
        { from: 'greet', to: 'never', default: true },
        { from: 'pause', to: 'finish' },
      ],
    },
    outputs: { text: '{{ steps.finish.output.text }}' },
  });
});

afterAll(() => browser.close());

async function signIn(page: Page, password: string): Promise<void> {
  await page.goto(`${platform.access.portal}/sign-in`);
  await page.getByLabel('Email').fill(platform.access.demo.email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

/** Rules of WCAG 2.2 AA that a page breaks, by name. */
async function accessibilityProblems(page: Page): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page })
    .withTags(['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'])
    .analyze();
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
}

test('sign in, start a run, watch its graph colour and see it succeed', async () => {
  const context = await browser.newContext();
  const page = await context.newPage();
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(error.message));
  onTestFailed(async () => {
    const file = path.join(os.tmpdir(), 'ia-portal-test.png');
    await page.screenshot({ path: file });
    process.stderr.write(`The page as it was: ${file}. Errors: ${problems.join('; ') || 'none'}\n`);
  });

  await signIn(page, platform.access.demo.password);
  await page.waitForURL(`**/t/${platform.access.demo.tenant}**`);
  await page.goto(`${platform.access.portal}/t/${platform.access.demo.tenant}/pipelines`);
  await page.getByRole('link', { name: PIPELINE }).first().click();
  await page.locator('[data-step-id="greet"]').first().waitFor();
  await page.getByRole('button', { name: 'Start run' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Start', exact: true }).click();
  await page.waitForURL('**/runs/**');

  const status = page.getByTestId('run-status').first();
  await status
    .getByText(/succeeded/i)
    .or(status.filter({ hasText: /succeeded/i }))
    .first()
    .waitFor();
  for (const [step, wanted] of Object.entries({
    greet: 'succeeded',
    pause: 'succeeded',
    finish: 'succeeded',
    never: 'skipped',
  })) {
    await page.locator(`[data-step-id="${step}"][data-status="${wanted}"]`).first().waitFor();
  }
  await page.locator('[data-event-type="run_succeeded"]').first().waitFor({ state: 'attached' });
  expect(await page.locator('[data-event-type="run_started"]').count()).toBe(1);
  expect(await page.getByText('Hello Ada!').count()).toBeGreaterThan(0);
  expect(await accessibilityProblems(page)).toEqual([]);
  expect(problems).toEqual([]);
  await context.close();
});

test('a wrong password is refused with a message, and a page behind the sign-in leads there', async () => {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(`${platform.access.portal}/t/${platform.access.demo.tenant}/pipelines`);
  await page.waitForURL('**/sign-in**');
  await signIn(page, 'not the password');
  await page.getByRole('alert').first().waitFor();
  expect(page.url()).toContain('/sign-in');
  await context.close();
});
