import fc from 'fast-check';
import semver from 'semver';
import { describe, expect, it } from 'vitest';
import { type PluginCandidate, resolvePlugins, type WantedPlugin } from './resolve-plugins.ts';

type Offer = Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, string>>>>>>;

const candidatesOf =
  (offer: Offer) =>
  (name: string): PluginCandidate[] =>
    Object.entries(offer[name] ?? {}).map(([version, dependencies]) => ({ name, version, dependencies }));

const resolve = (offer: Offer, ...wanted: string[]) =>
  resolvePlugins({
    wanted: wanted.map((text) => ({ name: text.split(' ')[0] ?? '', range: text.split(' ')[1] ?? '*' })),
    candidates: candidatesOf(offer),
  });

const orderOf = (offer: Offer, ...wanted: string[]): readonly string[] => {
  const resolved = resolve(offer, ...wanted);
  return resolved.ok ? resolved.order.map(({ name, version }) => `${name}@${version}`) : [];
};
const problemsOf = (offer: Offer, ...wanted: string[]) => {
  const resolved = resolve(offer, ...wanted);
  return resolved.ok ? [] : resolved.problems;
};

describe('resolvePlugins', () => {
  it('takes the highest versions that fit, with what is needed first', () => {
    const offer = {
      '@a/x': { '1.0.0': {}, '1.10.0': { '@b/y': '^1' }, '1.9.0': {}, '2.0.0-beta.1': {} },
      '@b/y': { '1.0.0': { '@c/z': '*' }, '1.2.0': { '@c/z': '~1.1' } },
      '@c/z': { '1.1.5': {}, '1.2.0': {} },
    };
    expect(orderOf(offer, '@a/x')).toEqual(['@c/z@1.1.5', '@b/y@1.2.0', '@a/x@1.10.0']);
  });

  it('takes an older version where the newest ones do not go together', () => {
    const offer = {
      '@a/x': { '1.0.0': { '@c/z': '^1' }, '2.0.0': { '@c/z': '^2' } },
      '@d/w': { '1.0.0': { '@c/z': '^1' } },
      '@c/z': { '1.0.0': {}, '2.0.0': {} },
    };
    expect(orderOf(offer, '@a/x', '@d/w')).toEqual(['@c/z@1.0.0', '@a/x@1.0.0', '@d/w@1.0.0']);
  });

  it('takes an older version where the newest one would close a circle', () => {
    const offer = { '@a/x': { '1.0.0': { '@b/y': '*' } }, '@b/y': { '1.0.0': {}, '2.0.0': { '@a/x': '*' } } };
    expect(orderOf(offer, '@a/x')).toEqual(['@b/y@1.0.0', '@a/x@1.0.0']);
  });

  it('has nothing to do for nothing', () => {
    expect(resolve({})).toEqual({ ok: true, order: [] });
  });

  it('tells of a conflict with the whole way to it', () => {
    const offer = {
      '@a/x': { '1.0.0': { '@b/y': '^1' } },
      '@b/y': { '1.0.0': { '@c/z': '^2' } },
      '@d/w': { '1.0.0': { '@c/z': '^1' } },
      '@c/z': { '1.0.0': {}, '2.0.0': {} },
    };
    expect(problemsOf(offer, '@d/w', '@a/x')).toEqual([
      {
        kind: 'conflict',
        message: '@a/x → @b/y needs @c/z ^2, but @d/w needs @c/z ^1.',
        hint: 'No one version of @c/z fits all of it: update whichever asks for the older range.',
        path: ['@a/x', '@b/y', '@c/z'],
      },
    ]);
  });

  it('tells of a conflict with what is asked for', () => {
    const offer = { '@a/x': { '1.0.0': { '@c/z': '^2' } }, '@c/z': { '1.0.0': {}, '2.0.0': {} } };
    expect(problemsOf(offer, '@c/z ^1', '@a/x')[0]?.message).toBe('@a/x needs @c/z ^2, but @c/z ^1 is asked for.');
  });

  it('tells of everything that is missing at once', () => {
    const offer = { '@a/x': { '1.0.0': { '@b/y': '^1', '@c/z': '^3' } }, '@c/z': { '1.0.0': {}, '2.1.0': {} } };
    expect(problemsOf(offer, '@a/x')).toEqual([
      {
        kind: 'missing',
        message: '@a/x needs @b/y ^1, but there is no such package.',
        hint: 'Publish @b/y, or look at how its name is written.',
        path: ['@a/x', '@b/y'],
      },
      {
        kind: 'missing',
        message: '@a/x needs @c/z ^3, but no version fits: there is 2.1.0, 1.0.0.',
        hint: 'Publish a version of @c/z that fits ^3, or ask for a range that one of these fits.',
        path: ['@a/x', '@c/z'],
      },
    ]);
  });

  it('tells of circles', () => {
    const offer = { '@a/x': { '1.0.0': { '@b/y': '*' } }, '@b/y': { '1.0.0': { '@a/x': '*' } } };
    expect(problemsOf(offer, '@a/x')).toEqual([
      expect.objectContaining({
        kind: 'cycle',
        message: '@a/x → @b/y → @a/x: each of these plugins needs the next one, and the last is the first again.',
        path: ['@a/x', '@b/y', '@a/x'],
      }),
    ]);
    expect(problemsOf({ '@a/x': { '1.0.0': { '@a/x': '*' } } }, '@a/x')[0]?.message).toBe('@a/x needs itself.');
  });

  it('leaves versions out that are none', () => {
    expect(orderOf({ '@a/x': { latest: {}, '1.0.0': {} } }, '@a/x')).toEqual(['@a/x@1.0.0']);
  });

  it('gives up on what has too many ways', () => {
    const names = Array.from({ length: 12 }, (_, index) => `@a/p${index}`);
    const versions = Array.from({ length: 12 }, (_, index) => `${index + 1}.0.0`);
    const offer = Object.fromEntries(
      names.map((name) => [name, Object.fromEntries(versions.map((version) => [version, { '@z/none': '*' }]))]),
    );
    const ways = { ...offer, '@z/none': { '1.0.0': { '@z/none': '*' } } };
    expect(problemsOf(ways, ...names)).toContainEqual(
      expect.objectContaining({ message: expect.stringContaining('first 60000 comparisons') as string }),
    );
  });

  it('gives up sooner where each way is long', () => {
    const last = 199;
    const needsOf = (place: number) =>
      Object.fromEntries(
        place === last ? [['@a/p0', '*']] : [1, 2, 3, 4, 5].map((step) => [`@a/p${Math.min(place + step, last)}`, '*']),
      );
    const read = { count: 0 };
    const candidates = (name: string): PluginCandidate[] =>
      Array.from({ length: 50 }, (_, index) => ({
        name,
        version: `${index + 1}.0.0`,
        get dependencies() {
          read.count++;
          return needsOf(Number(name.slice('@a/p'.length)));
        },
      }));
    expect(resolvePlugins({ wanted: [{ name: '@a/p0', range: '*' }], candidates }).ok).toBe(false);
    expect(read.count).toBeLessThan(200_000);
  });
});

const NAMES = ['@p/a', '@p/b', '@p/c', '@p/d'];
const name = fc.constantFrom(...NAMES);
const range = fc.constantFrom('*', '^1', '^2', '>=2', '1.0.0', '^3');
const needs = fc.dictionary(name, range, { maxKeys: 2 });
const offers = fc.record(
  Object.fromEntries(
    NAMES.map((one) => [one, fc.dictionary(fc.constantFrom('1.0.0', '1.1.0', '2.0.0'), needs, { maxKeys: 3 })]),
  ),
);
const wishes = fc.uniqueArray(fc.record({ name, range }), {
  minLength: 1,
  maxLength: 3,
  selector: (wish) => wish.name,
});

/** Every set of versions, one or none of each package, that holds together. */
const solutionsOf = (offer: Offer, wanted: readonly WantedPlugin[]): Map<string, PluginCandidate>[] => {
  let sets: Map<string, PluginCandidate>[] = [new Map()];
  for (const one of NAMES) {
    const versions = candidatesOf(offer)(one);
    sets = sets.flatMap((set) => [set, ...versions.map((version) => new Map(set).set(one, version))]);
  }
  return sets.filter((set) => holds(set, wanted));
};

const holds = (set: ReadonlyMap<string, PluginCandidate>, wanted: readonly WantedPlugin[]): boolean => {
  const needed = [...set.values()].flatMap(({ dependencies }) =>
    Object.entries(dependencies).map(([to, within]) => ({ name: to, range: within })),
  );
  const isMet = (wish: WantedPlugin): boolean => semver.satisfies(set.get(wish.name)?.version ?? '', wish.range);
  return [...wanted, ...needed].every(isMet) && !hasCircle(set);
};

/** Takes away whatever needs nothing that is left; a circle stays. */
const hasCircle = (set: ReadonlyMap<string, PluginCandidate>): boolean => {
  const left = new Map(set);
  for (let size = -1; size !== left.size; ) {
    size = left.size;
    for (const [one, { dependencies }] of left) {
      if (!Object.keys(dependencies).some((to) => left.has(to))) left.delete(one);
    }
  }
  return left.size > 0;
};

describe('resolvePlugins against every possible set', () => {
  it('finds a set whenever there is one, and only then', () => {
    fc.assert(
      fc.property(offers, wishes, (offer, wanted) => {
        const resolved = resolvePlugins({ wanted, candidates: candidatesOf(offer) });
        expect(resolved.ok).toBe(solutionsOf(offer, wanted).length > 0);
        expect(resolved.ok || resolved.problems.length > 0).toBe(true);
      }),
      { numRuns: 400 },
    );
  });

  it('gives a set that holds, in an order in which everything is there when it is needed', () => {
    fc.assert(
      fc.property(offers, wishes, (offer, wanted) => {
        const resolved = resolvePlugins({ wanted, candidates: candidatesOf(offer) });
        const order = resolved.ok ? resolved.order : [];
        const set = new Map(order.map((candidate) => [candidate.name, candidate]));
        expect(!resolved.ok || holds(set, wanted)).toBe(true);
        const places = order.map((candidate) => candidate.name);
        for (const [place, { dependencies }] of order.entries()) {
          for (const to of Object.keys(dependencies)) expect(places.slice(0, place)).toContain(to);
        }
      }),
      { numRuns: 400 },
    );
  });

  it('gives of what is wanted the highest versions, first come first served', () => {
    fc.assert(
      fc.property(offers, wishes, (offer, wanted) => {
        const resolved = resolvePlugins({ wanted, candidates: candidatesOf(offer) });
        let best = solutionsOf(offer, wanted);
        const taken = new Map((resolved.ok ? resolved.order : []).map((one) => [one.name, one.version]));
        for (const wish of resolved.ok ? wanted : []) {
          const versions = best.map((set) => set.get(wish.name)?.version ?? '0.0.0');
          const highest = versions.toSorted(semver.rcompare)[0];
          expect(taken.get(wish.name)).toBe(highest);
          best = best.filter((set) => set.get(wish.name)?.version === highest);
        }
      }),
      { numRuns: 400 },
    );
  });
});
