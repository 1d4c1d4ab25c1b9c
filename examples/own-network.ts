/** A network of one's own layers: two convolutions and a head, normalized with NS and AP by branch. */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineNetwork, evaluate, train } from 'dualbn';
import { batchNormalizationLayer, convolutionLayer, headLayer, reluLayer, sequence } from 'dualbn/nn';
import { datasets, settings } from './toy-data.ts';

const branches = ['clean', 'adv'];
const sets = { statistics: branches, affine: branches };
const { classes, channels, height, width } = datasets.train;

const network = defineNetwork(
  { name: 'two-convolutions', classes: classes.length, images: { channels, height, width }, sets },
  (declare) =>
    sequence(
      convolutionLayer(declare, 'conv1', { inputs: channels, outputs: 8, kernel: 3 }),
      batchNormalizationLayer(declare, 'bn1', 8, sets),
      reluLayer,
      convolutionLayer(declare, 'conv2', { inputs: 8, outputs: 16, kernel: 3, stride: 2 }),
      batchNormalizationLayer(declare, 'bn2', 16, sets),
      reluLayer,
      headLayer(declare, 'fc', 16, classes.length),
    ),
);

const folder = await mkdtemp(join(tmpdir(), 'dualbn-own-network-'));
// The run directory records that a network was given, not what it is: whoever evaluates the run gives the same again.
const given = { network };
const { run } = await train({ settings, datasets, given, directory: join(folder, 'run') });
const { document } = await evaluate(run, { datasets, given });
for (const { statistics, affine, clean, robust } of document.grid)
  console.log(`NS ${statistics}, AP ${affine}: clean ${clean}, pgd-4 ${robust['pgd-4']}`);
