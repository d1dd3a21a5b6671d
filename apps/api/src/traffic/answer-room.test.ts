import { describe, expect, it } from 'vitest';
import { AnswerRoom } from './answer-room.ts';

const MB = 1_024 * 1_024;
const room = () => new AnswerRoom({ totalBytes: 10 * MB, bytesPerCaller: 4 * MB });

describe('AnswerRoom', () => {
  it('holds so much for a caller, and one answer of any size', () => {
    const answers = room();
    const leave = answers.take('a', 6 * MB);
    expect(leave).not.toBeNull();
    expect(answers.take('a', MB)).toBeNull();
    leave?.();
    expect(answers.take('a', 3 * MB)).not.toBeNull();
    expect(answers.take('a', MB)).not.toBeNull();
    expect(answers.take('a', MB)).toBeNull();
  });

  it('holds so much for all together, beside what is small', () => {
    const answers = room();
    const leaves = ['a', 'b', 'c'].map((key) => answers.take(key, 4 * MB));
    expect(answers.take('d', MB)).toBeNull();
    expect(answers.take('d', 1_000)).not.toBeNull();
    leaves[0]?.();
    leaves[0]?.();
    expect(answers.take('d', MB)).not.toBeNull();
    expect(answers.take('d', MB)).not.toBeNull();
    expect(answers.take('e', MB)).toBeNull();
  });
});
