import { expect, it } from 'vitest';
import { createVirtualClock } from './memory-clock.ts';
import { createMemoryWorld } from './memory-world.ts';

type Answers = { readonly isStalled?: () => boolean; readonly isWaitingForOthers?: () => boolean };

/** A world of runs that do nothing, with what became of them. */
const worldOf = ({ isStalled = () => true, isWaitingForOthers = () => false }: Answers = {}) => {
  const happened: string[] = [];
  const clock = createVirtualClock(0);
  const world = createMemoryWorld({
    clock,
    isWaitingForOthers,
    onStalled: () => {
      happened.push('stalled');
      return isStalled();
    },
  });
  const enter = (name: string) => {
    world.enter();
    return { stop: () => happened.push(`${name} stops`) };
  };
  return { world, clock, happened, enter };
};

it('gives up all runs when none of them can go on', () => {
  const { world, happened, enter } = worldOf();
  const [a, b] = [enter('a'), enter('b')];
  world.idle(a);
  expect(happened).toEqual([]);
  world.idle(b);
  expect(happened).toEqual(['stalled', 'a stops', 'b stops']);
});

it('gives up nothing that somebody keeps alive', () => {
  const { world, happened, enter } = worldOf({ isStalled: () => false });
  world.idle(enter('a'));
  expect(happened).toEqual(['stalled']);
});

it('lets time jump only when nothing works', () => {
  const { world, clock, happened, enter } = worldOf();
  clock.schedule({ key: 't', fireAt: 10 }, () => happened.push('timer'));
  world.begin();
  world.idle(enter('a'));
  expect(happened).toEqual([]);
  world.end();
  expect(happened).toEqual(['timer']);
  clock.close();
});

it('waits for runs that are busy, and not for those that have left', () => {
  const { world, happened, enter } = worldOf();
  const [a, b] = [enter('a'), enter('b')];
  world.idle(a);
  world.idle(b);
  happened.length = 0;
  world.busy(b);
  world.idle(a);
  expect(happened).toEqual([]);
  world.leave();
  expect(happened).toEqual(['stalled', 'a stops']);
});

it('stands still while it waits for what others have', () => {
  let isWaitingForOthers = true;
  const { world, clock, happened, enter } = worldOf({ isWaitingForOthers: () => isWaitingForOthers });
  clock.schedule({ key: 't', fireAt: 10_000 }, () => happened.push('timer'));
  const a = enter('a');
  world.idle(a);
  expect(happened).toEqual([]);
  isWaitingForOthers = false;
  world.idle(a);
  expect(happened).toEqual(['timer']);
  clock.close();
});
