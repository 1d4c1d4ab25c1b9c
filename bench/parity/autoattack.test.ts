/**
 * The outcomes of AutoAttack's own program (fra31/auto-attack) for a network, beside ours: accuracy after each stage, and the images
 * on which the two differ. Starts and windows are drawn otherwise here, so that accuracies agree to a few images, not to the last.
 *
 * Takes minutes, and what is compared with is not part of the repository. DUALBN_PARITY names a folder with
 *
 *   weights.safetensors   the network, as `dualbn export --safetensors` writes it, on CIFAR-10
 *   outcomes.json         see `outcomesSchema`; flags are a digit an image, 1 where it is right or still robust
 *
 * and DUALBN_DATA the folder of the data set. Without both it is skipped, and says so.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { parseEpsilon } from '../../src/attacks/index.ts';
import { gather } from '../../src/data/index.ts';
import { createEngine } from '../../src/engines/index.ts';
import { evaluateGrid, writeFlags } from '../../src/evaluation/index.ts';
import { importRun } from '../../src/interop/index.ts';
import { loadTrained } from '../../src/runs/index.ts';

const flags = z.string().regex(/^[01]+$/);
const outcomesSchema = z.object({
  epsilon: z.string().describe('As 8/255.'),
  norm: z.literal('linf'),
  indices: z.array(z.int()).describe('Of images, in the test set.'),
  labels: z.array(z.int()),
  clean: flags,
  autoattack: z.object({
    version: z.literal('standard'),
    stages: z.object({ 'apgd-ce': flags, 'apgd-t': flags, 'fab-t': flags, square: flags }),
  }),
});

/** Of the test images, what is left after each stage may differ by so much; after the last by less. */
const mostApart = { stage: 0.005, end: 0.002 };

const { DUALBN_PARITY: folder = '', DUALBN_DATA: directory = '' } = process.env;
const missing = !folder ? 'DUALBN_PARITY' : !directory ? 'DUALBN_DATA' : undefined;
if (missing) test.skip(`the outcomes of AutoAttack: ${missing} is not set`, () => {});

describe.skipIf(missing)("AutoAttack, ours and its authors'", () => {
  let place: string;
  beforeAll(async () => {
    place = await mkdtemp(join(tmpdir(), 'dualbn-autoattack-'));
  });
  afterAll(() => rm(place, { recursive: true, force: true }));

  test('leave as many images after each stage', { timeout: 3 * 3600 * 1000 }, async () => {
    const text = await readFile(join(folder, 'outcomes.json'), 'utf8');
    const { epsilon, indices, labels, clean, autoattack } = outcomesSchema.parse(JSON.parse(text));
    const file = join(folder, 'weights.safetensors');
    const { run } = await importRun({ file, directory: join(place, 'run') }, { directory });
    const engine = await createEngine({ name: 'auto', threads: 1 });
    const { network, test: dataset } = await loadTrained(run, engine, { directory });
    const examples = gather(dataset, Uint32Array.from(indices));
    expect([...examples.labels]).toEqual(labels);
    const started = Date.now();
    const { cells, failedChecks } = await evaluateGrid({
      ...{ engine, network, examples, attacks: ['aa'] },
      cells: [{ statistics: 'adv', affine: 'adv' }],
      epsilon: parseEpsilon(epsilon).value,
      onStage: ({ stage, left }) =>
        console.log(`${stage}: ${left} left after ${Math.round((Date.now() - started) / 1000)} s`),
    });
    const [{ clean: ourClean, brokenBy }] = cells;
    expect(apart(writeFlags(ourClean), clean)).toEqual([]);
    const stages = Object.entries(autoattack.stages).map(([stage, theirs], at) => {
      const ours = writeFlags(
        ourClean.map((flag, example) => {
          const by = brokenBy.aa[example];
          return by > 0 && by <= at + 1 ? 0 : flag;
        }),
      );
      const differing = apart(ours, theirs).map((example) => indices[example]);
      return { stage, ours: shareOf(ours), theirs: shareOf(theirs), differing };
    });
    for (const { stage, ours, theirs, differing } of stages)
      console.log(
        `${stage}: ${percent(ours)} here, ${percent(theirs)} there; images that differ: ${differing.join(', ') || 'none'}`,
      );
    for (const { rule, message } of failedChecks) console.log(`${rule}: ${message}`);
    for (const { stage, ours, theirs } of stages)
      expect(Math.abs(ours - theirs), stage).toBeLessThanOrEqual(mostApart.stage + 1e-9);
    const last = stages[stages.length - 1];
    expect(Math.abs(last.ours - last.theirs)).toBeLessThanOrEqual(mostApart.end + 1e-9);
    await engine.dispose();
  });
});

const shareOf = (of: string) => [...of].filter((flag) => flag === '1').length / of.length;
const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
const apart = (ours: string, theirs: string) =>
  [...theirs].flatMap((flag, at) => (flag === ours[at] ? [] : [at]));
