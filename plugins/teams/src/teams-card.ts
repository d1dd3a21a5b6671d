import type { Json, JsonObject } from '@ia-modules/plugin-sdk';

export type CardParts = {
  readonly title?: string | undefined;
  readonly text?: string | undefined;
  /** Whether the text holds Markdown; other text is shown as it is. */
  readonly isMarkdown: boolean;
  readonly facts: readonly (readonly [name: string, value: string])[];
  readonly links: readonly { readonly title: string; readonly url: string }[];
  readonly tone: 'good' | 'bad' | 'neutral';
};

const COLORS = { good: 'good', bad: 'attention', neutral: 'default' } as const;

/** Makes an Adaptive Card (version 1.4). Runs of a rich text block are never read as Markdown. */
export const cardOf = ({ title, text, isMarkdown, facts, links, tone }: CardParts): JsonObject => {
  const color = COLORS[tone];
  const body: readonly Json[] = [
    ...(title === undefined ? [] : [plainBlock(title, { weight: 'bolder', size: 'medium', color })]),
    ...(text === undefined ? [] : [isMarkdown ? { type: 'TextBlock', text, wrap: true } : plainBlock(text)]),
    ...facts.map(([name, value]) => factBlock(name, value)),
  ];
  const actions = links.map((link) => ({ type: 'Action.OpenUrl', ...link }));
  return {
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    type: 'AdaptiveCard',
    version: '1.4',
    body,
    ...(actions.length === 0 ? {} : { actions }),
  };
};

const plainBlock = (text: string, style: JsonObject = {}): JsonObject => ({
  type: 'RichTextBlock',
  inlines: [{ type: 'TextRun', text, ...style }],
});

const factBlock = (name: string, value: string): JsonObject => ({
  type: 'RichTextBlock',
  inlines: [
    { type: 'TextRun', text: `${name}: `, weight: 'bolder' },
    { type: 'TextRun', text: value },
  ],
});
