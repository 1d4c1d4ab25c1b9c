import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { idxFile, writeFiles } from '../../data/testing/fixtures.ts';
import { evaluationDocumentSchema } from '../../evaluation/index.ts';
import { type TinyWorld, tinyWorld } from '../../interop/testing/tiny-run.ts';
import { decodeModel, encodeModel, type Model } from '../../onnx/index.ts';
import { integers } from '../../random/index.ts';
import { invoke } from '../testing/invoke.ts';
import { addEvaluate } from './evaluate.ts';
import { addExport } from './export.ts';

const table = [addEvaluate, addExport];
let world: TinyWorld;
let run: string;
let model: string;

beforeAll(async () => {
  world = await tinyWorld();
  run = (await world.makeRun('run', 'dual-bn')).directory;
  model = join(world.folder, 'model.onnx');
  await invoke(['export', run, '--onnx', model, '--ns', 'adv', '--ap', 'clean'], { table });
});
afterAll(() => world.remove());

const evaluate = (...argv: string[]) => invoke(['evaluate', ...argv, '--engine', 'reference'], { table });
const usual = ['--attack', 'pgd-1', 'pgd-2', 'noise', 'square-5', '--epsilon', '16/255', '--json'];

/** The model, changed in some way. */
async function changed(name: string, change: (model: Model) => Model): Promise<string> {
  const path = join(world.folder, name);
  await writeFile(path, encodeModel(change(decodeModel(await readFile(model), model))));
  return path;
}

/** Mish is in ONNX's list from version 18 on, and not in ours; Mish(x) + Mish(-x) of a constant 0 changes nothing. */
const withUnknown = ({ graph, ...rest }: Model): Model => {
  const node = (operation: string, inputs: string[], output: string) => ({
    ...{ operation, domain: '', name: '', inputs, outputs: [output], attributes: {} },
  });
  const nodes = graph.nodes.map((each) => ({
    ...each,
    outputs: each.outputs.map((name) => (name === 'logits' ? 'plain' : name)),
  }));
  const zero = { name: 'zero', type: 'float32' as const, shape: [], values: Float32Array.of(0) };
  return {
    ...rest,
    graph: {
      ...graph,
      initializers: [...graph.initializers, zero],
      nodes: [
        ...nodes,
        node('Mul', ['plain', 'zero'], 'nothing'),
        node('Mish', ['nothing'], 'mish'),
        node('Add', ['plain', 'mish'], 'logits'),
      ],
    },
  };
};

/** Nodes that follow one another after the logits, each with a constant as its second input if one is given. */
const withEnd =
  (...end: readonly (readonly [operation: string, constant?: readonly number[]])[]) =>
  ({ graph, ...rest }: Model): Model => {
    const after = end.map(([operation, constant], at) => ({
      operation,
      domain: '',
      name: '',
      inputs: [`end${at}`, ...(constant ? [`constant${at}`] : [])],
      outputs: [at === end.length - 1 ? 'logits' : `end${at + 1}`],
      attributes: {},
    }));
    const before = graph.nodes.map((each) => ({
      ...each,
      outputs: each.outputs.map((name) => (name === 'logits' ? 'end0' : name)),
    }));
    const constants = end.flatMap(([, constant], at) =>
      constant
        ? [
            {
              name: `constant${at}`,
              type: 'float32' as const,
              shape: [constant.length],
              values: Float32Array.from(constant),
            },
          ]
        : [],
    );
    const initializers = [...graph.initializers, ...constants];
    return { ...rest, graph: { ...graph, initializers, nodes: [...before, ...after] } };
  };

describe('dualbn evaluate MODEL.onnx', () => {
  test('an exported cell is evaluated as the run evaluates that cell', async () => {
    const { status, stdout } = await evaluate(model, ...usual);
    expect(status).toBe(0);
    const document = evaluationDocumentSchema.parse(JSON.parse(stdout));
    expect(document).toMatchObject({
      subject: {
        run: 'model.onnx',
        configuration: null,
        regime: null,
        seed: null,
        network: 'resnet8',
        checkpoint: {
          ...{ name: 'file', epoch: 2, step: 0 },
          digest: createHash('sha256')
            .update(await readFile(model))
            .digest('hex'),
        },
        dataset: { name: world.dataset },
        engine: { name: 'reference' },
      },
      request: { examples: { count: 10 } },
    });
    const own = JSON.parse((await evaluate(run, ...usual)).stdout);
    const isCell = (row: { statistics: string; affine: string }) =>
      row.statistics === 'adv' && row.affine === 'clean';
    const { statistics: _, affine: __, ...expected } = own.outcomes.grid.find(isCell);
    expect(document.outcomes.grid).toEqual([{ statistics: 'shared', affine: 'shared', ...expected }]);
    expect(expected.clean).toContain('1');
  });

  test('prints a table, and writes nothing', async () => {
    const before = await readdir(world.folder);
    const { stdout } = await evaluate(
      model,
      '--attack',
      'noise',
      '--dataset',
      world.dataset,
      '--examples',
      '4',
    );
    expect(stdout).toMatch(/^model\.onnx: 4 test images of idx:.*\nIn brackets/);
    expect(stdout).toMatch(/\nNS +AP +clean % +noise %\nshared +shared +\d/);
    expect(await readdir(world.folder)).toEqual(before);
  });

  test('without its graph, the attacks that need only logits find the same', async () => {
    const path = await changed('unknown.onnx', withUnknown);
    const argv = ['--attack', 'noise', 'gaussian-noise', 'square-5', '--epsilon', '16/255', '--json'];
    const { status, stdout, stderr } = await evaluate(path, ...argv);
    expect(stderr).toContain('ONNX Runtime runs it, without gradients');
    expect(status).toBe(0);
    const blind = JSON.parse(stdout);
    expect(blind.subject.engine).toMatchObject({
      name: 'onnxruntime',
      version: expect.stringMatching(/^1\./),
    });
    expect(blind.outcomes).toEqual(JSON.parse((await evaluate(model, ...argv)).stdout).outcomes);
  });

  test('a model that takes three images at a time takes any number here', async () => {
    const fixed = ({ graph, ...rest }: Model): Model => ({
      ...rest,
      graph: {
        ...graph,
        inputs: graph.inputs.map((given) => ({ ...given, shape: [3, 1, 4, 4] })),
        outputs: graph.outputs.map((given) => ({ ...given, shape: [3, 3] })),
      },
    });
    const outcomes = async (path: string) =>
      JSON.parse((await evaluate(path, '--attack', 'square-5', '--epsilon', '16/255', '--json')).stdout)
        .outcomes;
    const expected = await outcomes(model);
    expect(await outcomes(await changed('three.onnx', fixed))).toEqual(expected);
    expect(await outcomes(await changed('three-unknown.onnx', (m) => withUnknown(fixed(m))))).toEqual(
      expected,
    );
  });

  test.each(['resnet8', 'lenet'])('what PyTorch wrote, %s, is attacked along its gradients', async (name) => {
    const data = join(world.folder, `data-${name}`);
    const pixels = integers({ seed: 1, purpose: 'noise' }, 6 * 192, 256);
    await writeFiles(data, {
      't10k-images-idx4-ubyte': idxFile([6, 3, 8, 8], pixels),
      't10k-labels-idx1-ubyte': idxFile([6], [0, 1, 2, 3, 4, 0]),
      'train-images-idx4-ubyte': idxFile([6, 3, 8, 8], pixels),
      'train-labels-idx1-ubyte': idxFile([6], [0, 1, 2, 3, 4, 0]),
    });
    const path = fileURLToPath(new URL(`../../onnx/read/testing/${name}.onnx`, import.meta.url));
    const { status, stdout } = await evaluate(path, '--dataset', `idx:${data}`, ...usual);
    expect(status).toBe(0);
    const { subject, request } = JSON.parse(stdout);
    expect(Object.keys(request.attacks)).toEqual(['pgd-1', 'pgd-2', 'noise', 'square-5']);
    expect(subject.network).toMatch(/^onnx, by pytorch 1\.13/);
  });
});

describe('a model whose end only scales', () => {
  const predictions = async (path: string) =>
    JSON.parse((await evaluate(path, '--attack', 'pgd-1', '--epsilon', '0', '--json')).stdout).grid[0].clean;

  test.each([
    ['probabilities', [['Softmax']], 'the Softmax at its end is left out'],
    ['log-probabilities', [['LogSoftmax']], 'the LogSoftmax at its end is left out'],
    [
      // Far apart, so that the smaller probabilities are 0 and their logarithms -Infinity.
      'logarithms of probabilities that are 0',
      [['Mul', [1e6]], ['Softmax'], ['Log']],
      'the Log of Softmax at its end is left out',
    ],
    ['the same before another operation', [['Mul', [1e6]], ['Softmax'], ['Log'], ['Identity']], ''],
    [
      'a class that is masked by -Infinity',
      [
        ['Add', [0, 0, -Infinity]],
        ['Add', [0, 0, 1]],
      ],
      '',
    ],
  ] as const)('%s', async (name, end, note) => {
    const path = await changed(`end-${name}.onnx`, withEnd(...end));
    const { status, stderr } = await evaluate(path, '--attack', 'noise', '--epsilon', '16/255');
    expect({ status, stderr }).toEqual({ status: 0, stderr: expect.stringContaining(note) });
    if (!name.includes('masked')) expect(await predictions(path)).toBe(await predictions(model));
  });
});

describe('a model that cannot be evaluated ends with exit code 2, and its cause', () => {
  const says = async (path: string, argv: readonly string[], ...messages: readonly RegExp[]) => {
    const { status, stdout, stderr } = await evaluate(path, ...argv);
    for (const message of messages) expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/\n {4}at |This is a bug/);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  };
  const put = async (name: string, content: string | Uint8Array) => {
    const path = join(world.folder, name);
    await writeFile(path, content);
    return path;
  };

  test('an attack along gradients where operations are not known', async () => {
    const path = await changed('mish.onnx', withUnknown);
    await says(
      path,
      ['--attack', 'pgd-2'],
      /Mish \(mish\): this operation is not known/,
      /--attack square-1000/,
    );
  });

  test('a file that is not there, empty, of another kind, or cut off', async () => {
    const bytes = await readFile(model);
    await says(join(world.folder, 'none.onnx'), [], /cannot read .*none\.onnx: no such file/);
    await says(await put('empty.onnx', ''), [], /empty\.onnx is not an ONNX model/);
    await says(await put('text.onnx', 'something else'), [], /text\.onnx is not an ONNX model/);
    await says(await put('cut.onnx', bytes.subarray(0, bytes.length - 100)), [], /cut\.onnx/);
  });

  test('a NaN in a weight, an infinite factor, and a negative variance', async () => {
    const so = 'holds unusable values; the file itself is so:\\n {2}';
    await says(
      await changed('nan-weight.onnx', withEnd(['Add', [0, Number.NaN, 0]])),
      [],
      new RegExp(`${so}constant0: 1 of 3 values is NaN: NaN at index 1`),
    );
    const spoilt = (place: number, value: number) => (given: Model) => {
      const norm = given.graph.nodes.find(({ operation }) => operation === 'BatchNormalization');
      const spoil = (values: Float32Array | Float64Array) => values.with(1, value);
      const initializers = given.graph.initializers.map((tensor) =>
        tensor.name === norm?.inputs[place] ? { ...tensor, values: spoil(tensor.values) } : tensor,
      );
      return { ...given, graph: { ...given.graph, initializers } };
    };
    const lenet = fileURLToPath(new URL('../../onnx/read/testing/lenet.onnx', import.meta.url));
    const bytes = await readFile(lenet);
    const put = async (name: string, change: (given: Model) => Model) => {
      const path = join(world.folder, name);
      await writeFile(path, encodeModel(change(decodeModel(bytes, lenet))));
      return path;
    };
    await says(
      await put('variance.onnx', spoilt(4, -0.25)),
      ['--dataset', world.dataset],
      new RegExp(`${so}.*running_var: 1 of \\d+ values is negative, of a variance: -0.25 at index 1`),
    );
    await says(
      await put('infinite.onnx', spoilt(1, Infinity)),
      ['--dataset', world.dataset],
      new RegExp(`${so}.*weight: 1 of \\d+ values is infinite: Infinity at index 1`),
    );
  });

  test.each([
    ['read', (given: Model) => given],
    ['run by ONNX Runtime', withUnknown],
  ])('sound weights that overflow inside, %s', async (name, also) => {
    const overflow = withEnd(['Mul', [1e38]], ['Mul', [1e38]], ['Mul', [0]]);
    const path = await changed(`overflow-${name}.onnx`, (given) => also(overflow(given)));
    await says(
      path,
      ['--attack', 'square-5'],
      /gives NaN for \d+ of \d+ logits of test images, in ONNX Runtime, too/,
      /^(?!.*(fault of dualbn|square-1000))/s,
    );
  });

  test('a file that does not say what it classifies, and nobody else does', async () => {
    const path = await changed('silent.onnx', (given) => ({ ...given, metadata: {} }));
    await says(path, [], /silent\.onnx does not say what it classifies: give --dataset/);
  });

  test('other images, and another number of classes', async () => {
    const wide = ({ graph, ...rest }: Model): Model => ({
      ...rest,
      graph: { ...graph, inputs: graph.inputs.map((given) => ({ ...given, shape: ['batch', 3, 32, 32] })) },
    });
    await says(
      await changed('wide.onnx', wide),
      [],
      /takes float32 \[batch, 3, 32, 32\] as images; the data set has images \[N, 1, 4, 4\]/,
    );
    const fewer = ({ graph, ...rest }: Model): Model => ({
      ...rest,
      graph: {
        ...graph,
        outputs: [{ name: 'two', type: 'float32', shape: ['batch', 2] }],
        initializers: [
          ...graph.initializers,
          { name: 'pair', type: 'int64', shape: [2], values: Float64Array.of(0, 2) },
        ],
        nodes: [
          ...graph.nodes,
          {
            operation: 'Split',
            domain: '',
            name: '',
            inputs: ['logits', 'sizes'],
            outputs: ['two', 'rest'],
            attributes: { axis: { kind: 'int', value: 1 } },
          },
        ],
      },
    });
    const withSizes = (given: Model): Model => {
      const made = fewer(given);
      const sizes = { name: 'sizes', type: 'int64' as const, shape: [2], values: Float64Array.of(2, 1) };
      return { ...made, graph: { ...made.graph, initializers: [...given.graph.initializers, sizes] } };
    };
    await says(
      await changed('fewer.onnx', withSizes),
      [],
      /gives 2 logits an image; the data set has 3 classes/,
    );
  });

  test('an attack as a model, and --dataset for a run', async () => {
    const path = join(world.folder, 'attack.onnx');
    await invoke(['export', run, '--onnx', path, '--branch', 'adv', '--attack', 'pgd-1'], { table });
    await says(path, [], /is no classifier: expected one input.*found the inputs images, labels, start/);
    await says(run, ['--dataset', 'mnist'], /--dataset is for ONNX files/);
  });
});
