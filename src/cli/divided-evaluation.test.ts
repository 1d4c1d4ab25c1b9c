/** Shards of an evaluation and their merging, in this process. */
import { copyFileSync, cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createReferenceEngine } from '../engines/index.ts';
import { evaluateShard, mergeShards, planEvaluation } from '../experiments/index.ts';
import { sealDocument } from '../files/index.ts';
import { openRun, type Run } from '../runs/index.ts';
import { addEvaluate } from './commands/evaluate.ts';
import { invoke } from './testing/invoke.ts';
import { smallData, smallRun, writeWeights } from './testing/small-run.ts';

let folder: string;
let original: Run;
let count = 0;
/** The document of an evaluation that is not divided. */
let whole: string;

const document = 'last-linf-16-255.json';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dualbn-divided-'));
  // Untrained, it takes most images for the same class.
  const data = await smallData(join(folder, 'data'), {
    classOf: (at) => [0, 0, 1, 0, 2][at % 5],
  });
  original = await smallRun(join(folder, 'original', 'run'), data);
  const run = fresh();
  expect(await evaluate(run)).toMatchObject({ status: 0 });
  whole = textOf(run);
  expect(whole).toContain('"pgd-2": "---1..---."');
});
afterAll(() => rm(folder, { recursive: true }));

/** A copy of the run, of the same name, without evaluations. */
function fresh(): Run {
  const directory = join(folder, `copy-${count++}`, 'run');
  cpSync(original.directory, directory, { recursive: true });
  return openRun(directory);
}

const evaluate = ({ directory }: Run, ...argv: string[]) =>
  invoke(['evaluate', directory, ...argv], { table: [addEvaluate] });

const filesOf = ({ paths }: Run) =>
  existsSync(paths.evaluations) ? readdirSync(paths.evaluations).sort() : [];

/** The document as it is on disk, but for the time and the digest, which is of the time too. */
const textOf = ({ paths }: Run, name = document): string =>
  readFileSync(join(paths.evaluations, name), 'utf8').replace(
    /"created": "[^"]*"|"digest": "[0-9a-f]{64}"\n}/g,
    '',
  );

async function shards(run: Run, of: number, numbers: readonly number[], ...argv: string[]): Promise<void> {
  for (const number of numbers)
    expect(await evaluate(run, '--shard', `${number}/${of}`, ...argv)).toMatchObject({ status: 0 });
}

const shardPath = (run: Run, part: string) => {
  const name = filesOf(run).find((each) => each.endsWith(`${part}.shard`));
  return join(run.paths.evaluations, name ?? 'none');
};

describe('shards', () => {
  test.each([
    ['three', 3, [2, 3, 1]],
    ['one', 1, [1]],
    ['as many as examples', 10, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]],
  ])('%s, merged, are the same document to the byte', async (_, of, numbers) => {
    const run = fresh();
    await shards(run, of, numbers);
    expect(filesOf(run)).toHaveLength(of);
    const { status, stdout } = await evaluate(run, '--merge');
    expect(status).toBe(0);
    expect(stdout).toContain(join(run.paths.evaluations, document));
    expect(textOf(run)).toBe(whole);
    expect(filesOf(run)).toEqual([document]);
  });

  test('of copies of the run are copied together, whatever the files are called', async () => {
    const [a, b] = [fresh(), fresh()];
    await shards(a, 2, [1]);
    await shards(b, 2, [2]);
    copyFileSync(shardPath(b, '2-of-2'), join(a.paths.evaluations, 'from elsewhere.shard'));
    expect(await evaluate(a, '--merge')).toMatchObject({ status: 0 });
    expect(textOf(a)).toBe(whole);
  });

  test('hold the examples of each, which are balanced, and say so', async () => {
    const run = fresh();
    const { stdout } = await evaluate(run, '--shard', '2/3', '--json');
    expect(JSON.parse(stdout)).toEqual({
      ...{ shard: { number: 2, count: 3 }, examples: 3, of: 10, path: shardPath(run, '2-of-3') },
    });
    const { results } = JSON.parse(readFileSync(shardPath(run, '2-of-3'), 'utf8'));
    expect(results.length).toBeGreaterThan(0);
    for (const [, , index] of results) expect(index % 3).toBe(1);
  });

  test('that are there are not evaluated again; a damaged one is', async () => {
    const run = fresh();
    await shards(run, 2, [1, 2]);
    const path = shardPath(run, '1-of-2');
    const before = readFileSync(path, 'utf8');
    await shards(run, 2, [1]);
    expect(readFileSync(path, 'utf8')).toBe(before);
    writeFileSync(path, before.replace('"count":2', '"count":3'));
    await shards(run, 2, [1]);
    expect(await evaluate(run, '--merge')).toMatchObject({ status: 0 });
    expect(textOf(run)).toBe(whole);
  });

  test('of suites and with other options are merged with the same options', async () => {
    const options = ['--attack', 'apgd-ce', 'square-10', '--examples', '7', '--epsilon', '8/255'];
    const [undivided, divided] = [fresh(), fresh()];
    await evaluate(undivided, ...options);
    await shards(divided, 2, [1, 2], ...options, '--batch', '3');
    expect(await evaluate(divided, '--merge', ...options)).toMatchObject({ status: 0 });
    expect(textOf(divided, 'last-linf-8-255.json')).toBe(textOf(undivided, 'last-linf-8-255.json'));
  });

  test('cut in the middle, go on where they were', async () => {
    const run = fresh();
    const plan = planEvaluation(run.configuration, { batchSize: 1 });
    const controller = new AbortController();
    const cut = evaluateShard(
      run,
      createReferenceEngine(),
      plan,
      { number: 1, count: 2 },
      {
        signal: controller.signal,
        onProgress: ({ done, total }) => {
          if (done >= 0.6 * total) controller.abort();
        },
      },
    );
    await expect(cut).rejects.toMatchObject({ name: 'AbortError' });
    expect(filesOf(run)).toEqual([expect.stringMatching(/^last-linf-16-255-[0-9a-f]{12}-1-of-2\.part$/)]);
    await shards(run, 2, [1, 2]);
    expect(filesOf(run).every((name) => name.endsWith('.shard'))).toBe(true);
    await evaluate(run, '--merge');
    expect(textOf(run)).toBe(whole);
  });
});

describe('what does not belong together is refused', () => {
  const refused = async (run: Run, says: readonly (string | RegExp)[], ...argv: string[]) => {
    const before = filesOf(run);
    const { status, stdout, stderr } = await evaluate(run, ...(argv.length > 0 ? argv : ['--merge']));
    for (const cause of says) {
      if (typeof cause === 'string') expect(stderr).toContain(cause);
      else expect(stderr).toMatch(cause);
    }
    expect(stderr).not.toMatch(/This is a bug/);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(filesOf(run)).toEqual(before);
  };

  test('no shard at all, and missing ones, by their numbers', async () => {
    const run = fresh();
    await refused(run, ['no shard of this evaluation is in the run']);
    await shards(run, 4, [3]);
    await refused(run, [/shards are missing: 1\/4, 2\/4, 4\/4; evaluate them, or copy them here$/m]);
  });

  test('a damaged shard', async () => {
    const run = fresh();
    await shards(run, 2, [1, 2]);
    const path = shardPath(run, '2-of-2');
    writeFileSync(path, readFileSync(path, 'utf8').replace(/"pgd-2",(\d+),-?\d+/, '"pgd-2",$1,7'));
    await refused(run, ['shards are missing: 2/2', /2-of-2\.shard: .*is damaged.*evaluate this shard again/]);
    writeFileSync(path, '{');
    await refused(run, [/2-of-2\.shard: .*is damaged/]);
  });

  test('a damaged copy of a shard that is there', async () => {
    const run = fresh();
    await shards(run, 1, [1]);
    const path = shardPath(run, '1-of-1');
    writeFileSync(path.replace('1-of-1', '2-of-2'), '');
    await refused(run, [/a shard is damaged:\n.*2-of-2\.shard/]);
  });

  test.each<[string, readonly string[], RegExp]>([
    ['epsilon', ['--epsilon', '8/255'], /request\.epsilon\.text is 8\/255, not 16\/255|request\.attacks\./],
    ['examples', ['--examples', '9'], /request\.examples\.count is 9, not 10/],
    ['attack', ['--attack', 'pgd-1'], /request\.attacks\.pgd-2 is absent/],
    ['engine', ['--engine', 'onnx', '--threads', '1'], /subject\.engine\.name is onnx, not reference/],
  ])('a shard of another %s', async (_, argv, says) => {
    const run = fresh();
    await shards(run, 2, [1]);
    await shards(run, 2, [2], ...argv);
    await refused(run, ['shards are missing: 2/2', /2-of-2\.shard: of another evaluation: /, says]);
  });

  test('shards of other threads, where not all were made with the same', async () => {
    const run = fresh();
    const onnx = ['--engine', 'onnx', '--attack', 'pgd-1'];
    await shards(run, 2, [1], ...onnx, '--threads', '1');
    await shards(run, 2, [2], ...onnx, '--threads', '2');
    await refused(run, [/subject\.engine\.threads is 2, not 1/], '--merge', ...onnx, '--threads', '1');
    await shards(run, 2, [2], ...onnx, '--threads', '1');
    expect(await evaluate(run, '--merge', ...onnx, '--threads', '1')).toMatchObject({ status: 0 });
  });

  test('a merge takes the threads of its shards', async () => {
    const run = fresh();
    const onnx = ['--engine', 'onnx', '--attack', 'pgd-1'];
    await shards(run, 1, [1], ...onnx, '--threads', '3');
    await evaluate(run, '--merge', ...onnx);
    expect(
      JSON.parse(readFileSync(join(run.paths.evaluations, document), 'utf8')).subject.engine.threads,
    ).toBe(3);
  });

  test('a shard of other weights, and of a run of another seed', async () => {
    const run = fresh();
    await shards(run, 2, [1]);
    await writeWeights(run, { seed: 1, step: 5 });
    await shards(run, 2, [2]);
    await refused(run, ['shards are missing: 1/2', /1-of-2\.shard.*subject\.checkpoint\.step is 4, not 5/]);
    const seeded = await smallRun(join(folder, 'seeded', 'run'), `idx:${folder}/data`, ['seed=1']);
    const other = fresh();
    await shards(seeded, 2, [1]);
    await shards(other, 2, [2]);
    copyFileSync(shardPath(seeded, '1-of-2'), join(other.paths.evaluations, 'a-1-of-2.shard'));
    await refused(other, ['shards are missing: 1/2', /a-1-of-2\.shard.*subject\.(configuration|seed) is /]);
  });

  test('a shard of another version of the program', async () => {
    const run = fresh();
    await shards(run, 1, [1]);
    const path = shardPath(run, '1-of-1');
    const { digest: _, ...content } = JSON.parse(readFileSync(path, 'utf8'));
    writeFileSync(path, JSON.stringify(sealDocument({ ...content, dualbn: '0.0.1' })));
    await refused(run, [/of another evaluation: dualbn is 0\.0\.1, not /]);
  });

  test('a shard that lacks a result', async () => {
    const run = fresh();
    await shards(run, 2, [1, 2]);
    const path = shardPath(run, '2-of-2');
    const { digest: _, results, ...content } = JSON.parse(readFileSync(path, 'utf8'));
    const [[, attack, index]] = results;
    writeFileSync(path, JSON.stringify(sealDocument({ ...content, results: results.slice(1) })));
    await refused(run, [`${path} has no result of ${attack} on `, ` for example ${index}, which`]);
  });

  test('shards of two divisions, and a shard twice', async () => {
    const [a, b] = [fresh(), fresh()];
    await shards(a, 2, [1, 2]);
    await shards(b, 4, [3]);
    await refused(a, ['begun in 2 shards'], '--shard', '3/4');
    copyFileSync(shardPath(b, '3-of-4'), join(a.paths.evaluations, 'x-3-of-4.shard'));
    await refused(a, [/shards of 2 and of 4 overlap.*\n(.*\n)*.*x-3-of-4\.shard: shard 3\/4/]);
    rmSync(join(a.paths.evaluations, 'x-3-of-4.shard'));
    copyFileSync(shardPath(a, '1-of-2'), join(a.paths.evaluations, 'copy.shard'));
    await refused(a, [/a shard is there twice/, /copy\.shard: shard 1\/2/]);
  });

  test.each(['0/3', '4/3', 'a/b', '1/0', '1.5/2', '-1/2', '3', '', '1/2/3', ' 1/2', '1/1e3', '0x1/2'])(
    '--shard %j',
    (text) => refused(fresh(), [/--shard: expected a shard such as 3\/8/], `--shard=${text}`),
  );

  test.each(['1/11', '11/11'])('shard %s of 10 examples, of which some shard would have none', (text) =>
    refused(
      fresh(),
      ['11 parts are too many for 10 examples: divide them into at most 10'],
      ...['--shard', text],
    ),
  );

  test.each<[readonly string[], string]>([
    [['--shard', '1/2', '--merge'], '--shard and --merge: give one'],
    [['--merge', '--processes', '2'], '--merge and --processes: give one'],
    [['--processes', '0'], '--processes takes a whole number'],
    [['--threads', '0'], '--threads takes a whole number'],
  ])('%j', (argv, says) => refused(fresh(), [says], ...argv));

  test.each([['--shard', '1/2'], ['--merge'], ['--processes', '2']])(
    '%s of an ONNX file',
    async (...argv) => {
      const { status, stderr } = await invoke(['evaluate', join(folder, 'a.onnx'), ...argv]);
      expect(status).toBe(2);
      expect(stderr).toMatch(/needs a run, which keeps what parts find; .*a\.onnx is evaluated as a whole/);
    },
  );
});

test('a merge attacks nothing', async () => {
  const run = fresh();
  await shards(run, 2, [1, 2]);
  const plan = planEvaluation(run.configuration, {});
  const attacked: number[] = [];
  await mergeShards(run, createReferenceEngine(), plan, {
    onStage: (stage) => attacked.push(stage.attacked),
  });
  expect(attacked.length).toBeGreaterThan(0);
  expect(new Set(attacked)).toEqual(new Set([0]));
});
