import { expect, test } from 'vitest';
import type { Search, Seen } from './definition.ts';
import { type Ask, runSearch } from './loop.ts';

/** A model that answers the n-th question with a gradient of n, and takes the image for class 1 at every third. */
function askingInTurn() {
  let asked = 0;
  const ask: Ask = async (inFlight) => {
    asked += 1;
    const each = <Value>(value: Value) => inFlight.flatMap(() => value);
    return {
      width: inFlight.length,
      values: {
        logits: Float32Array.from(each(asked % 3 === 0 ? [0, 1] : [1, 0])),
        loss: Float32Array.from(each([10 * asked])),
        gradientL1: Float32Array.from(each([asked === 5 ? Number.NaN : asked])),
        gradient: Float32Array.from(each([asked, -asked])),
      },
    };
  };
  return { ask, count: () => asked };
}

const settings = { seed: 0, batchSize: 4, walks: 1, earlyStop: true };
const examples = { images: Float32Array.of(0.5, 0.5, 0.25, 0.75), labels: [0, 0] };

function searchOf(count: number, steps: number) {
  const seen: (Pick<Seen, 'step' | 'misclassified'> & { gradient: number[]; loss: number })[] = [];
  const search: Search = {
    passes: { count, mean: ['gradient', 'gradientL1'] },
    step: () => {
      throw new Error('no graph is made here');
    },
    begin: () => ({
      next({ step, misclassified, output }) {
        seen.push({ step, misclassified, gradient: [...output('gradient')], loss: output('loss')[0] });
        return step < steps ? 'continue' : 'done';
      },
    }),
  };
  return { search, seen };
}

test('of several passes a walk sees the mean gradient, and the loss and logits of the last', async () => {
  const { ask, count } = askingInTurn();
  const { search, seen } = searchOf(2, 0);
  const { firstMisclassified } = await runSearch(search, ask, examples, 2, settings);
  expect(count()).toBe(2);
  const each = { step: 0, misclassified: false, gradient: [1.5, -1.5], loss: 20 };
  expect(seen).toEqual([each, each]);
  expect([...firstMisclassified]).toEqual([-1, -1]);
});

test('the last pass alone decides whether an iterate is misclassified', async () => {
  const { ask } = askingInTurn();
  const { search, seen } = searchOf(3, 5);
  const { firstMisclassified } = await runSearch(search, ask, examples, 2, settings);
  expect([...firstMisclassified]).toEqual([0, 0]);
  expect(seen).toEqual([]);
});

test('a gradient that is no number in any pass is none', async () => {
  const { ask } = askingInTurn();
  const { search } = searchOf(4, 5);
  const { firstMisclassified, notFinite } = await runSearch(search, ask, examples, 2, settings);
  expect([...firstMisclassified]).toEqual([1, 1]);
  expect(notFinite).toEqual(['gradients', 'gradients']);
});

test('one pass is what an attack has that says nothing of passes', async () => {
  const [one, none] = [askingInTurn(), askingInTurn()];
  const { search, seen } = searchOf(1, 1);
  await runSearch(search, one.ask, examples, 2, settings);
  const plain = searchOf(1, 1);
  const { passes: _, ...without } = plain.search;
  await runSearch(without, none.ask, examples, 2, settings);
  expect(seen).toEqual(plain.seen);
  expect(one.count()).toBe(none.count());
});

test('nothing is asked while somebody looks at an example', async () => {
  const { ask, count } = askingInTurn();
  const { search } = searchOf(1, 0);
  const log: string[] = [];
  await runSearch(search, ask, examples, 2, {
    ...{ ...settings, batchSize: 1 },
    async onExample({ at }) {
      log.push(`${at} after ${count()}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
      log.push(`${at} after ${count()}`);
    },
  });
  expect(log).toEqual(['0 after 1', '0 after 1', '1 after 2', '1 after 2']);
});

test('a search for the nearest shows the clean image where it ends for what is not finite, far away', async () => {
  const answers = [
    [0, 1],
    [Number.NaN, 1],
  ];
  let asked = 0;
  const ask: Ask = async () => ({ width: 1, values: { logits: Float32Array.from(answers[asked++]) } });
  const search: Search = {
    minimalNorm: { norm: 'linf', epsilon: 0.1 },
    begin(_, x) {
      x.fill(1);
      return { next: () => 'continue' };
    },
  };
  const one = { images: Float32Array.of(0.5, 0.25), labels: [0] };
  const { adversarial, firstMisclassified, notFinite } = await runSearch(search, ask, one, 2, settings);
  expect([[...adversarial], [...firstMisclassified], notFinite]).toEqual([[0.5, 0.25], [1], ['logits']]);
});
