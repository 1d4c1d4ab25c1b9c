/**
 * This program's side of autoattack.mjs: attacks, writes what the other side needs into a folder (weights.safetensors: a plain state
 * dict; examples.safetensors: images and labels), and prints one JSON document.
 */
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { predictedClass, predictor } from 'dualbn/attacks';
import { createEngine } from 'dualbn/engines';
import { evaluateGrid } from 'dualbn/evaluation';
import { testExamples } from 'dualbn/experiments';
import { chooseCell, plainState } from 'dualbn/interop';
import { initialValue, makeNetwork } from 'dualbn/nn';
import { loadTrained, openRun, writeSafetensors } from 'dualbn/runs';

const names = [
  'folder',
  'attack',
  'images',
  'epsilon',
  'run',
  'data',
  'branch',
  'network',
  'threads',
  'engine',
];
const { values } = parseArgs({
  options: Object.fromEntries(names.map((name) => [name, { type: 'string' }])),
});
const count = Number(values.images);
const [numerator, denominator = 1] = values.epsilon.split('/').map(Number);
const epsilon = numerator / denominator;
const engine = await createEngine({ name: values.engine, threads: Number(values.threads) });

async function trained() {
  const run = openRun(values.run);
  const { network, test } = await loadTrained(run, engine, { directory: values.data });
  const cell = chooseCell(network, network.sets.affine[1] ? { branch: values.branch } : {});
  return { network, cell, examples: testExamples(test, count), ...run.configuration.network };
}

async function untrained() {
  const sets = { statistics: ['clean'], affine: ['clean'] };
  const shape = { channels: 3, height: 32, width: 32 };
  const network = makeNetwork(values.network, { images: shape, classes: 10, sets });
  for (const variable of network.variables) engine.write(variable, initialValue(variable, 0));
  const cell = { statistics: 'clean', affine: 'clean' };
  const images = Float32Array.from({ length: count * 3072 }, () => Math.random());
  const predict = predictor({ engine, network, cell }, count);
  const logits = await predict(images);
  await predict.dispose();
  const labels = Array.from({ length: count }, (_, at) => predictedClass(logits, 10, at));
  return { network, cell, examples: { images, labels }, name: values.network, width: undefined };
}

const { network, cell, examples, name, width } = values.run ? await trained() : await untrained();
const { channels, height, width: columns } = network.images;
const state = new Map(
  network.variables.map((variable) => [
    variable.name,
    { shape: variable.shape, values: engine.read(variable) },
  ]),
);
const write = (file, tensors) => writeSafetensors(join(values.folder, file), { tensors, metadata: {} });
await write('weights.safetensors', plainState(network.variables, state, cell));
await write(
  'examples.safetensors',
  new Map([
    ['images', { shape: [count, channels, height, columns], values: examples.images }],
    ['labels', { shape: [count], values: Float32Array.from(examples.labels) }],
  ]),
);
const began = performance.now();
const { cells } = await evaluateGrid({
  ...{ engine, network, examples, epsilon },
  cells: [cell],
  attacks: [values.attack],
});
const seconds = (performance.now() - began) / 1000;
const { clean, robust } = cells[0];
const { name: engineName, version, instructionSet } = engine.describe();
await engine.dispose();
process.stdout.write(
  `${JSON.stringify({
    engine: `${engineName} ${version} ${instructionSet}`,
    ...{ network: name, width, epsilon, seconds },
    clean: [...clean],
    robust: [...robust[values.attack]],
  })}\n`,
);
