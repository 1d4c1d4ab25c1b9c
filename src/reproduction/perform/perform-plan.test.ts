import { expect, it } from 'vitest';
import { runPool } from './perform-plan.ts';

const never = new AbortController().signal;
const fail = (_: unknown, error: unknown) => {
  throw error;
};
const moment = () => new Promise((resolve) => setTimeout(resolve, 1));

it('performs every item once, in order, at most so many at once', async () => {
  let now = 0;
  let most = 0;
  const begun: number[] = [];
  const done: number[] = [];
  await runPool({
    items: [1, 2, 3, 4, 5],
    jobs: 2,
    async perform(item) {
      begun.push(item);
      now += 1;
      most = Math.max(most, now);
      await moment();
      now -= 1;
      done.push(item);
    },
    onFailure: fail,
    signal: never,
  });
  expect(begun).toEqual([1, 2, 3, 4, 5]);
  expect(done.toSorted()).toEqual([1, 2, 3, 4, 5]);
  expect(most).toBe(2);
});

it('goes on after a failure that was taken note of', async () => {
  const failed: number[] = [];
  const done: number[] = [];
  await runPool({
    items: [1, 2, 3],
    jobs: 1,
    async perform(item) {
      if (item === 2) throw new Error('the loss is NaN');
      done.push(item);
    },
    onFailure: (item) => failed.push(item),
    signal: never,
  });
  expect({ done, failed }).toEqual({ done: [1, 3], failed: [2] });
});

it('begins nothing after a failure that is not to be gone on from, and rejects with it', async () => {
  const begun: number[] = [];
  const pool = runPool({
    items: [1, 2, 3],
    jobs: 1,
    async perform(item) {
      begun.push(item);
      throw new Error('there is no data');
    },
    onFailure: fail,
    signal: never,
  });
  await expect(pool).rejects.toThrow('there is no data');
  expect(begun).toEqual([1]);
});

it('begins nothing after an interruption', async () => {
  const interruption = new AbortController();
  const begun: number[] = [];
  await runPool({
    items: [1, 2, 3],
    jobs: 1,
    async perform(item) {
      begun.push(item);
      interruption.abort();
    },
    onFailure: fail,
    signal: interruption.signal,
  });
  expect(begun).toEqual([1]);
});
