/** An analysis of one's own: how sure each branch is of the test images, with its options, document and table. */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { analyze, defineAnalysis, train } from 'dualbn';
import { exampleOptions, testExamples } from 'dualbn/analysis';
import { predictor } from 'dualbn/attacks';
import { gridOf } from 'dualbn/nn';
import { z } from 'zod';
import { datasets, settings } from './toy-data.ts';

/** The largest softmax probability of each row of [N, K], averaged. */
function meanConfidence(logits: Float32Array, classes: number): number {
  let total = 0;
  for (let start = 0; start < logits.length; start += classes) {
    const row = logits.subarray(start, start + classes);
    const largest = Math.max(...row);
    total += 1 / row.reduce((sum, logit) => sum + Math.exp(logit - largest), 0);
  }
  return total / (logits.length / classes);
}

const confidenceAnalysis = defineAnalysis({
  name: 'confidence',
  summary: 'how sure each branch is of clean test images',
  heading: 'Confidence by branch',
  options: z.strictObject({ examples: exampleOptions.examples }),
  result: z.object({ branches: z.array(z.object({ branch: z.string(), confidence: z.number() })) }),
  async run({ engine, network, test }, { examples }) {
    const { images } = testExamples(test, examples === 'all' ? test.count : examples);
    const cells = gridOf(network).filter(({ statistics, affine }) => statistics === affine);
    const branches = [];
    for (const cell of cells) {
      const predict = predictor({ engine, network, cell }, 20);
      const confidence = meanConfidence(await predict(images), network.classes);
      await predict.dispose();
      branches.push({ branch: cell.affine, confidence });
    }
    return { branches };
  },
  tables: ({ result }) => [
    {
      title: 'Mean confidence on clean images',
      columns: [
        { title: 'branch', align: 'left' },
        { title: 'confidence', align: 'right' },
      ],
      rows: result.branches.map(({ branch, confidence }) => [branch, confidence.toFixed(3)]),
    },
  ],
});

const folder = await mkdtemp(join(tmpdir(), 'dualbn-own-analysis-'));
const { run } = await train({ settings, datasets, directory: join(folder, 'run') });
const { document, path } = await analyze(run, confidenceAnalysis, { examples: 40 }, { datasets });
for (const { branch, confidence } of document.result.branches)
  console.log(`confidence of the ${branch} branch: ${confidence.toFixed(3)}`);
console.log(`kept in ${path}`);
