/** This program's side of evaluation.mjs: prints one JSON document. Values are drawn at random: what a step costs does not depend on them. */
import { parseArgs } from 'node:util';
import { attack, predictor } from 'dualbn/attacks';
import { createEngine } from 'dualbn/engines';
import { initialValue, makeNetwork } from 'dualbn/nn';
import { regimes } from 'dualbn/training';

const { values } = parseArgs({
  options: Object.fromEntries(
    ['network', 'images', 'steps', 'threads', 'repeat', 'engine'].map((name) => [name, { type: 'string' }]),
  ),
});
const [count, steps, threads, repeat] = ['images', 'steps', 'threads', 'repeat'].map((name) =>
  Number(values[name]),
);

const engine = await createEngine({ name: values.engine, threads });
const network = makeNetwork(values.network, {
  images: { channels: 3, height: 32, width: 32 },
  classes: 10,
  sets: regimes['dual-bn'].sets,
});
for (const variable of network.variables) engine.write(variable, initialValue(variable, 0));
const model = { engine, network, cell: { statistics: 'adv', affine: 'adv' } };
const images = Float32Array.from({ length: count * 3072 }, () => Math.random());
const labels = Array.from({ length: count }, (_, at) => at % 10);

/** The median time of a run, after one that does not count. */
async function milliseconds(run) {
  await run();
  const times = [];
  for (let time = 0; time < repeat; time += 1) {
    const began = performance.now();
    await run();
    times.push(performance.now() - began);
  }
  return times.toSorted((a, b) => a - b)[times.length >> 1];
}

const predict = predictor(model, count);
const forwardMs = await milliseconds(() => predict(images));
await predict.dispose();
// So many steps look at one iterate more. None ends early.
const run = attack(model, { name: 'pgd', epsilon: 8 / 255, steps }, { batchSize: count });
const attackStepMs = (await milliseconds(() => run({ images, labels }))) / (steps + 1);
await run.dispose();
const { name, version, instructionSet } = engine.describe();
await engine.dispose();
process.stdout.write(
  `${JSON.stringify({ engine: `${name} ${version}`, instructionSet, forwardMs, attackStepMs })}\n`,
);
