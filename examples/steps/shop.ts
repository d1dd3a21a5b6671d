/** Local steps of the documented pipelines. */

type Order = { readonly net: number };
type Stage<Config> = { readonly value: Order; readonly config: Config };
type Context = { cost(usd: number): void };

/** A step: asks a model, which costs money. */
export const describe = ({ name }: { readonly name: string }, context: Context) => {
  context.cost(0.4);
  return { text: `A fine ${name}.` };
};

/** A step: returns what it is asked. */
export const lookUp = (question: unknown): unknown => question;

/** A step that does not know every product. */
export const findPrice = ({ name }: { readonly name: string }): Order => {
  if (name === 'lamp') return { net: 40 };
  throw new Error(`Nothing is called '${name}'.`);
};

/** A step written as a class. */
export class Reserve {
  run({ name }: { readonly name: string }) {
    return { reservation: `R-${name}` };
  }
}

/** A compensation: takes back what `Reserve` did. */
export const release = ({ reservation }: { readonly reservation: string }) => ({ released: reservation });

/** A transform: adds the price with tax. */
export const addTax = ({ value, config }: Stage<{ readonly percent: number }>) => ({
  ...value,
  gross: value.net * (1 + config.percent / 100),
});

/** A validator. */
export const hasPrice = ({ value }: Stage<object>) => ({
  valid: value.net > 0,
  errors: [{ path: 'net', message: 'must be above zero' }],
});

/** A condition: whether the shop is open. */
export const isOpen = ({ config }: { readonly config: { readonly day: string } }): boolean => config.day !== 'sunday';

/** A hook. */
export const notify = (_call: { readonly event: { readonly type: string } }) => null;

/** A reporter. */
export const report = (_call: { readonly events: readonly object[] }) => null;

/** An exporter. */
export const measure = (_call: { readonly points: readonly object[] }) => null;
