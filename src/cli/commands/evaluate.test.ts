import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { attackTable as builtIn, defineAttack, noiseAttack, optionsSchema } from '../../attacks/index.ts';
import { configurationHash } from '../../configuration/index.ts';
import { loadDataset } from '../../data/index.ts';
import { idxFile, writeFiles } from '../../data/testing/fixtures.ts';
import { createReferenceEngine } from '../../engines/index.ts';
import { evaluationDocumentSchema, readIndices } from '../../evaluation/index.ts';
import { evaluateRun, planEvaluation } from '../../experiments/index.ts';
import { sealDocument } from '../../files/index.ts';
import { checkpointPath, type Run } from '../../runs/index.ts';
import { invoke } from '../testing/invoke.ts';
import { smallData, smallRun, writeWeights } from '../testing/small-run.ts';
import { addEvaluate } from './evaluate.ts';

const table = [addEvaluate];
let folder: string;
let run: Run;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dualbn-evaluate-'));
  run = await makeRun('run', await smallData(join(folder, 'data')));
});
afterAll(() => rm(folder, { recursive: true }));

const makeRun = (name: string, dataset: string) => smallRun(join(folder, name), dataset);

const evaluate = (...argv: string[]) => invoke(['evaluate', run.directory, ...argv], { table });

describe('dualbn evaluate', () => {
  test('prints the grid and keeps the evaluation in the run', async () => {
    const { status, stdout, stderr } = await evaluate();
    expect(stderr).toContain('evaluating');
    expect(status).toBe(0);
    const lines = stdout.trimEnd().split('\n');
    expect(lines[0]).toBe(
      `run, last checkpoint (2 epochs): 10 test images of idx:${folder}/data, linf 16/255`,
    );
    expect(lines[3]).toMatch(/^NS +AP +clean % +pgd-1 % +pgd-2 %$/);
    expect(lines.slice(4, 8).map((line) => line.split(/ +/).slice(0, 2).join(' '))).toEqual([
      'clean clean',
      'clean adv',
      'adv clean',
      'adv adv',
    ]);
    expect(lines.at(-1)).toBe(join(run.paths.evaluations, 'last-linf-16-255.json'));
    const kept = JSON.parse(await readFile(join(run.paths.evaluations, 'last-linf-16-255.json'), 'utf8'));
    expect(evaluationDocumentSchema.parse(kept)).toEqual(kept);
    expect(sealDocument(kept)).toEqual(kept);
  });

  test('--json prints what it keeps, exactly one document; a second file gets the next free name', async () => {
    const before = await readdir(run.paths.evaluations);
    const { stdout } = await evaluate('--json');
    const printed = JSON.parse(stdout);
    const [added] = (await readdir(run.paths.evaluations)).filter((name) => !before.includes(name));
    expect(added).toMatch(/^last-linf-16-255(-\d+)?\.json$/);
    expect(JSON.parse(await readFile(join(run.paths.evaluations, added), 'utf8'))).toEqual(printed);
    const { checksum } = await loadDataset(`idx:${folder}/data`, 'test');
    expect(printed).toMatchObject({
      document: 'evaluation',
      version: 2,
      subject: {
        run: 'run',
        configuration: configurationHash(run.configuration),
        regime: 'dual-bn',
        seed: 0,
        network: 'resnet8',
        checkpoint: { name: 'last', epoch: 2, step: 4, digest: expect.stringMatching(/^[0-9a-f]{64}$/) },
        dataset: { name: `idx:${folder}/data`, checksum },
        engine: { name: 'reference', device: 'cpu' },
      },
      request: {
        norm: 'linf',
        epsilon: { text: '16/255', value: 16 / 255 },
        seed: 0,
        examples: { count: 10, indices: '0-9' },
      },
    });
  });

  test('options overrule the configuration', async () => {
    const argv = ['--attack', 'pgd-1-l2', '--epsilon', '1.5', '--examples', '4', '--batch', '3', '--json'];
    const { stdout } = await evaluate(...argv);
    const { request, grid } = JSON.parse(stdout);
    const { norm, epsilon, examples, attacks } = request;
    expect({ norm, epsilon }).toEqual({ norm: 'l2', epsilon: { text: '1.5', value: 1.5 } });
    expect(examples.count).toBe(4);
    expect(attacks).toEqual({
      'pgd-1-l2': {
        ...{ name: 'pgd', norm: 'l2', epsilon: 1.5, steps: 1, restarts: 1 },
        ...{ stepSize: 1.5 / 4, loss: 'ce', start: { kind: 'uniform' } },
      },
    });
    expect(grid).toHaveLength(4);
  });

  test('all examples are all of the test set', async () => {
    const { stdout } = await evaluate('--attack', 'pgd-1', '--examples', 'all', '--json');
    expect(JSON.parse(stdout).request.examples).toEqual({ count: 10, indices: '0-9' });
  });

  test('restarts go to the attacks that draw, and stand in their names', async () => {
    const argv = ['--attack', 'fgsm', 'pgd-1', 'pgd-2-x3', '--restarts', '2', '--examples', '4', '--json'];
    const { request, grid } = JSON.parse((await evaluate(...argv)).stdout);
    expect(Object.keys(grid[0].robust)).toEqual(['fgsm', 'pgd-1-x2', 'pgd-2-x3']);
    expect(request.attacks['pgd-1-x2']).toMatchObject({ name: 'pgd', steps: 1, restarts: 2 });
    expect(request.attacks['pgd-2-x3'].restarts).toBe(3);
    const { stderr } = await evaluate('--attack', 'fgsm', '--restarts', '2');
    expect(stderr).toContain('restarts are for attacks that draw at random');
  });

  test('fewer examples are a part of more, with the same results, at any batch size', async () => {
    const outcomes = async (...argv: string[]) => {
      const { outcomes: found, request } = JSON.parse((await evaluate('--json', ...argv)).stdout);
      const indices = readIndices(request.examples.indices);
      return new Map(
        indices.map((index, at) => [
          index,
          found.grid.map(
            (cell: { clean: string; robust: Record<string, string> }) =>
              cell.clean[at] + cell.robust['pgd-2'][at],
          ),
        ]),
      );
    };
    const few = await outcomes('--examples', '5', '--batch', '2');
    const all = await outcomes();
    expect(few.size).toBe(5);
    for (const [index, found] of few) expect(all.get(index)).toEqual(found);
  });

  test('cut in the middle, it goes on where it was, to the same document', async () => {
    const whole = JSON.parse((await evaluate('--json')).stdout);
    const before = await readdir(run.paths.evaluations);
    const plan = planEvaluation(run.configuration, { batchSize: 1 });
    const cut = async (share: number) => {
      const controller = new AbortController();
      const seen: number[] = [];
      const evaluated = evaluateRun(run, createReferenceEngine(), plan, {
        environment: {},
        signal: controller.signal,
        onProgress(progress) {
          seen.push(progress.done);
          if (progress.done >= share * progress.total) controller.abort();
        },
      });
      await expect(evaluated).rejects.toMatchObject({ name: 'AbortError' });
      return seen;
    };
    await cut(0.55);
    const [part] = (await readdir(run.paths.evaluations)).filter((name) => !before.includes(name));
    expect(part).toMatch(/^last-linf-16-255-[0-9a-f]{12}\.part$/);
    const lines = async () =>
      (await readFile(join(run.paths.evaluations, part), 'utf8')).trimEnd().split('\n');
    const kept = await lines();
    expect(kept.length).toBeGreaterThan(0);
    await cut(0.9);
    expect((await lines()).slice(0, kept.length)).toEqual(kept);
    const { document } = await evaluateRun(run, createReferenceEngine(), plan, { environment: {} });
    const { created: _, digest: __, ...rest } = document;
    expect(whole).toMatchObject(rest);
    expect(await readdir(run.paths.evaluations)).not.toContain(part);
  });

  test('cut, then trained a step more within the same epoch, it uses nothing of the old weights', async () => {
    const trained = await makeRun('trained', `idx:${folder}/data`);
    const plan = planEvaluation(trained.configuration, { batchSize: 1 });
    const cut = new AbortController();
    const evaluated = evaluateRun(trained, createReferenceEngine(), plan, {
      environment: {},
      signal: cut.signal,
      onProgress: ({ done }) => {
        if (done >= 45) cut.abort();
      },
    });
    await expect(evaluated).rejects.toMatchObject({ name: 'AbortError' });
    const parts = () => readdirSync(trained.paths.evaluations).filter((name) => name.endsWith('.part'));
    expect(parts()).toHaveLength(1);

    // Other weights, as a step of training leaves them: the epoch is the same.
    await writeWeights(trained, { seed: 1, step: 5 });
    const other = await makeRun('other-weights', `idx:${folder}/data`);
    await writeWeights(other, { seed: 1, step: 5 });
    const results = async (of: Run) => {
      const { document } = await evaluateRun(of, createReferenceEngine(), plan, { environment: {} });
      expect(document.subject.checkpoint).toMatchObject({ epoch: 2, step: 5 });
      return document.outcomes;
    };
    const old = (await evaluateRun(run, createReferenceEngine(), plan, { environment: {} })).document;
    const found = await results(trained);
    expect(found).toEqual(await results(other));
    expect(found).not.toEqual(old.outcomes);
    expect(parts()).toHaveLength(1);
  });

  test('an attack from outside is evaluated by its name where the table is handed in', async () => {
    const corner = defineAttack({
      ...noiseAttack,
      name: 'corner',
      forms: [{ form: 'corner-<N>', summary: "the ball's brightest image" }],
      options: optionsSchema('corner', ['linf'], { bright: z.boolean().describe('Or dark.') }),
      defaults: () => ({ norm: 'linf', steps: 0, restarts: 1, bright: true }),
      search: ({ epsilon, bright }) => ({
        begin({ clean }, x) {
          for (let i = 0; i < x.length; i += 1)
            x[i] = bright ? Math.min(clean[i] + epsilon, 1) : Math.max(clean[i] - epsilon, 0);
          return { next: () => 'done' };
        },
      }),
    });
    const attackTable = [...builtIn, corner];
    const plan = planEvaluation(run.configuration, { attacks: ['corner-3', 'pgd-1'] }, attackTable);
    const { document } = await evaluateRun(run, createReferenceEngine(), plan, {
      environment: {},
      attackTable,
    });
    expect(document.request.attacks['corner-3']).toEqual({
      ...{ name: 'corner', norm: 'linf', epsilon: 16 / 255, steps: 3, restarts: 1, bright: true },
    });
    expect(Object.keys(document.grid[0].robust)).toEqual(['corner-3', 'pgd-1']);
    expect(evaluationDocumentSchema.parse(JSON.parse(JSON.stringify(document)))).toEqual(document);
    expect(() => planEvaluation(run.configuration, { attacks: ['corner-3'] })).toThrow(
      /no attack 'corner-3'/,
    );
  });

  test('Ctrl-C ends it with nothing written', async () => {
    const before = await readdir(run.paths.evaluations);
    const signal = AbortSignal.abort();
    const { status, stdout, stderr } = await invoke(['evaluate', run.directory], { table, signal });
    expect({ status, stdout }).toEqual({ status: 130, stdout: '' });
    expect(stderr).toContain('interrupted');
    expect(await readdir(run.paths.evaluations)).toEqual(before);
  });
});

describe('bad input ends with exit code 2, its cause, and nothing written', () => {
  const cases: readonly (readonly [string, readonly string[], RegExp])[] = [
    [
      'an unknown attack',
      ['RUN', '--attack', 'pdg-10'],
      /there is no attack 'pdg-10'; did you mean pgd-10\?/,
    ],
    [
      'an unknown suite',
      ['RUN', '--attack', 'aa-fsat'],
      /there is no attack 'aa-fsat'; did you mean aa-fast\?/,
    ],
    ['an attack of no steps', ['RUN', '--attack', 'pgd-0'], /there is no attack 'pgd-0'/],
    ['attacks of two norms', ['RUN', '--attack', 'pgd-1', 'pgd-1-l2'], /one norm at a time/],
    [
      'attacks of another norm without an epsilon of it',
      ['RUN', '--attack', 'pgd-1-l2'],
      /--epsilon is missing: pgd-1-l2 is bounded in l2, and the run's evaluation.epsilon, .*, in linf/,
    ],
    ['an attack left out', ['RUN', '--attack'], /argument missing/],
    ['an epsilon of 8', ['RUN', '--epsilon', '8'], /--epsilon: .* did you mean 8\/255\?/],
    ['a negative epsilon', ['RUN', '--epsilon=-0.1'], /--epsilon: expected a size such as 8\/255/],
    ['an empty epsilon', ['RUN', '--epsilon', ''], /--epsilon: expected a size such as 8\/255/],
    ['no examples', ['RUN', '--examples', '0'], /--examples takes a whole number from 1 on or all, not '0'/],
    ['half an example', ['RUN', '--examples', '1.5'], /--examples takes a whole number/],
    ['more examples than there are', ['RUN', '--examples', '11'], /11 examples.*has 10/],
    ['a batch of 0', ['RUN', '--batch', '0'], /--batch takes a whole number from 1 on/],
    ['an unknown checkpoint', ['RUN', '--checkpoint', 'first'], /'first' is invalid/],
    ['a checkpoint that is not there', ['RUN', '--checkpoint', 'best'], /has no checkpoint 'best'/],
    ['an unknown engine', ['RUN', '--engine', 'cuda'], /'cuda' is invalid/],
    ['a missing run', ['FOLDER/rnu'], /there is no run at .*rnu.*did you mean run\?/],
    ['a folder that is no run', ['FOLDER/data'], /is not a run: it has no configuration.yaml/],
    ['no run', [], /missing required argument 'run'/],
    ['two runs', ['RUN', 'RUN'], /too many arguments/],
  ];

  test.each(cases)('%s', async (_, argv, message) => {
    const before = await readdir(run.paths.evaluations);
    const placed = argv.map((text) => text.replace('RUN', run.directory).replace('FOLDER', folder));
    const { status, stdout, stderr } = await invoke(['evaluate', ...placed], { table });
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/\n {4}at |This is a bug/);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(await readdir(run.paths.evaluations)).toEqual(before);
  });

  test('data that is gone, and data that does not fit the network', async () => {
    const other = join(folder, 'other');
    const moved = await makeRun('moved', `idx:${other}`);
    const gone = await invoke(['evaluate', moved.directory], { table });
    expect(gone.status).toBe(2);
    expect(gone.stderr).toContain(other);
    await writeFiles(other, {
      'train-images-idx4-ubyte': idxFile([4, 3, 4, 4], new Uint8Array(192)),
      'train-labels-idx1-ubyte': idxFile([4], [0, 1, 2, 3]),
      't10k-images-idx4-ubyte': idxFile([4, 3, 4, 4], new Uint8Array(192)),
      't10k-labels-idx1-ubyte': idxFile([4], [0, 1, 2, 3]),
    });
    const unfit = await invoke(['evaluate', moved.directory], { table });
    expect(unfit.status).toBe(2);
    expect(unfit.stderr).toMatch(/does not fit the network:(.|\n)*conv1.weight(.|\n)*fc.weight/);
  });

  test('a damaged checkpoint', async () => {
    const damaged = await makeRun('damaged', `idx:${folder}/data`);
    const path = checkpointPath(damaged.directory, 'last');
    const bytes = await readFile(path);
    bytes[bytes.length - 1] ^= 1;
    await writeFile(path, bytes);
    const { status, stderr } = await invoke(['evaluate', damaged.directory], { table });
    expect(status).toBe(2);
    expect(stderr).toContain(`${path} is damaged`);
    expect(existsSync(join(damaged.paths.evaluations, 'last-linf-16-255.json'))).toBe(false);
  });
});
