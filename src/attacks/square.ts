/**
 * Square attack (Andriushchenko et al. 2020, arXiv 1912.00049): a random search that changes one square window of pixels at a time,
 * whose side shrinks as queries are used up. It asks for logits alone, so gradients that mislead do not mislead it.
 *
 * A window has p H W pixels, with p = 0.8, halved after 10, 50, 200, ... queries. The settings are those of AutoAttack: how many
 * queries there will be does not matter, while the paper's own code stretches the halvings to their number (`rescale`).
 * Candidates are in square-candidates.ts.
 */
import { z } from 'zod';
import { defineAttack, optionsSchema } from './definition.ts';
import { squareNorms } from './square-candidates.ts';

const share = 0.8;
const halvings = [10, 50, 200, 500, 1000, 2000, 4000, 6000, 8000];
const wholeSchedule = 10_000;

/** The share p of an image's pixels that a window has after so many queries; of so many at all, where that matters. */
export function squareShare(after: number, queries?: number): number {
  const at = queries === undefined ? after : Math.floor((after / queries) * wholeSchedule);
  return share / 2 ** halvings.filter((border) => at > border).length;
}

/** z_y - max_{j != y} z_j */
function marginOf(logits: Float32Array, label: number): number {
  let other = Number.NEGATIVE_INFINITY;
  for (let k = 0; k < logits.length; k += 1) if (k !== label) other = Math.max(other, logits[k]);
  return logits[label] - other;
}

const options = optionsSchema('square', ['linf', 'l2', 'l1'], {
  rescale: z.boolean().describe('Whether windows shrink in proportion to the number of queries.'),
});

export type SquareOptions = Readonly<z.output<typeof options>>;

/** The image is replaced by a candidate wherever that lowers the margin, and left as soon as the margin is 0 or less. */
export const squareAttack = defineAttack({
  name: 'square',
  summary: 'random search by logits alone',
  asks: 'logits',
  forms: [
    { form: 'square-<N>', summary: 'N queries of a random search (Andriushchenko et al. 2020)' },
    { form: 'square-<N>-l2', summary: 'the same in L2', options: () => ({ norm: 'l2' }) },
    { form: 'square-<N>-l1', summary: 'the same in L1', options: () => ({ norm: 'l1' }) },
  ],
  options,
  defaults: () => ({ norm: 'linf', steps: 1000, restarts: 1, rescale: false }),
  search({ norm, epsilon, steps, rescale }, { images }) {
    const { side, candidates: of } = squareNorms[norm];
    const candidates = of(images, { epsilon });
    const sideAfter = (queries: number) =>
      side(squareShare(queries, rescale ? steps : undefined) * images.height * images.width, images);
    return {
      begin({ key, clean, label }, x) {
        candidates.start(key, clean, x);
        const best = x.slice();
        let margin = Number.POSITIVE_INFINITY;
        return {
          next({ step, logits, misclassified }) {
            const found = marginOf(logits, label);
            // Two equal logits end the search as well, though the class that is told may still be the right one.
            if (misclassified || found <= 0) return 'done';
            if (found < margin) {
              best.set(x);
              margin = found;
            }
            if (step === steps) {
              x.set(best);
              return 'done';
            }
            candidates.propose(key, { number: step + 1, side: sideAfter(step) }, clean, best, x);
            return 'continue';
          },
        };
      },
    };
  },
});
