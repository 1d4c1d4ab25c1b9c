/** A loss and a regime of one's own: the squared distance from the label, on clean and adversarial images with AP apart. */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineLoss, defineRegime, evaluate, train } from 'dualbn';
import { logSoftmax } from 'dualbn/attacks';
import { exp, multiply, subtract, sum } from 'dualbn/graph';
import { regimes } from 'dualbn/training';
import { datasets, settings } from './toy-data.ts';

/** sum_j (softmax(z)_j - y_j)^2, [N, K] to [N] (the Brier score). */
const brier = defineLoss((logits, { labels }) => {
  const error = subtract(exp(logSoftmax(logits)), labels);
  return sum(multiply(error, error), [1]);
});

const regime = defineRegime({
  ...regimes['dual-ap'],
  summary: 'AP apart, both batches by the Brier score',
  terms: [
    { weight: 1, loss: brier, pass: 'clean' },
    { weight: 1, loss: brier, pass: 'adv' },
  ],
});

const folder = await mkdtemp(join(tmpdir(), 'dualbn-own-loss-'));
const given = { regime };
const { run } = await train({ settings, datasets, given, directory: join(folder, 'brier') });
const { document } = await evaluate(run, { datasets, given });
for (const { affine, clean, robust } of document.grid)
  console.log(`AP ${affine}: clean ${clean}, pgd-4 ${robust['pgd-4']}`);
