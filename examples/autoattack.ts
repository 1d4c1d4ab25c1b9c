/** AutoAttack's images of a trained network, with what each of its attacks left; and a single attack, in a line each. */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { apgd, autoattackOutcomes, createEngine, evaluationSubset, gather, loadTrained, train } from 'dualbn';
import { datasets, settings } from './toy-data.ts';

const folder = await mkdtemp(join(tmpdir(), 'dualbn-autoattack-'));
const { run } = await train({ settings, datasets, directory: join(folder, 'run') });

await using engine = await createEngine();
const { network } = await loadTrained(run, engine, { datasets });
const model = { engine, network, cell: { statistics: 'adv', affine: 'adv' } };
const { images, labels, indices } = gather(datasets.test, evaluationSubset(datasets.test, 9));

// 'standard' is AutoAttack as it is reported; 'fast' is its first half, which takes seconds here.
const epsilon = 16 / 255;
const found = await autoattackOutcomes(model, { epsilon, version: 'fast' })(images, labels, indices);
for (const [at, stage] of found.stages.entries())
  console.log(`after ${stage}: ${found.accuracyAfter[at]?.toFixed(2)}`);
for (const { stage, leastClasses } of found.leftOut)
  console.log(`${stage} compares ${leastClasses} classes: left out`);

// Three classes are too few for the targeted loss, which compares four; untargeted APGD does.
const adversarial = await apgd(model, { epsilon, steps: 10 })(images, labels, indices);
const largest = adversarial.reduce(
  (most, value, at) => Math.max(most, Math.abs(value - (images[at] ?? 0))),
  0,
);
console.log(`apgd moved a pixel by ${(255 * largest).toFixed(1)}/255 at the most`);
