/** What must hold of a network whatever it is made of: gradients, engines, batches. */
import { describe, expect, test } from 'vitest';
import { createReferenceEngine } from '../engines/index.ts';
import { expectSameInAnyBatch } from '../engines/testing/any-batch.ts';
import { testedEngines } from '../engines/testing/engines.ts';
import { relativeDifference } from '../engines/testing/numbers.ts';
import {
  add,
  differentiate,
  input,
  makeStep,
  multiply,
  sizeOf,
  sumAll,
  type Tensor,
  variable,
} from '../graph/index.ts';
import { uniforms } from '../random/index.ts';
import { classify } from './index.ts';
import { arbitrary, classes, designed, designs, images, type TestedDesign } from './testing/designs.ts';
import { type NetworkVariable, trainableRoles } from './variables.ts';

const fast = testedEngines.filter(({ name }) => name !== 'reference');
const size = images.channels * images.height * images.width;
const random = (count: number, example: number) => {
  const values = new Float32Array(count);
  uniforms({ seed: 2, purpose: 'noise', example }, values, 0, 1);
  return values;
};
const batch = 3;
const inputs = { clean: random(batch * size, 0), adv: random(batch * size, 1) };
const shapeOf = (count: number) => [count, images.channels, images.height, images.width];

const groupOf = ({ role, branch }: NetworkVariable) => `${role} ${branch}`;

/** Both halves in training mode, their logits weighed into one number, and its gradients. */
function trained(design: TestedDesign) {
  const network = designed(design);
  const passes = (['clean', 'adv'] as const).map((name, at) => {
    const { statistics: _, ...cell } = design.halves[at];
    return { name, images: input(name, shapeOf(batch)), statistics: { batch: [name] }, ...cell };
  });
  const { logits } = network.forward(passes);
  const weigh = (z: Tensor, at: number) => {
    const weights = input(`weights ${at}`, z.shape);
    return sumAll(multiply(multiply(z, z), weights));
  };
  const loss = Object.values(logits)
    .map(weigh)
    .reduce((a, b) => add(a, b));
  const parameters = network.variables.filter(({ role }) => trainableRoles.includes(role));
  const wanted = [...parameters.map((each) => variable(each)), passes[0].images];
  const given = {
    ...inputs,
    'weights 0': random(batch * classes, 2),
    'weights 1': random(batch * classes, 3),
  };
  return { network, parameters, loss, gradients: differentiate(loss, wanted), given };
}

describe.each(designs)('$what', (design) => {
  test('has the gradients of finite differences, and every parameter takes part', () => {
    const { network, parameters, loss, gradients, given } = trained(design);
    const engine = createReferenceEngine();
    const values = network.variables.map(arbitrary);
    network.variables.forEach((each, at) => {
      engine.write(each, values[at]);
    });
    const found = engine.evaluate(gradients, given);
    parameters.forEach(({ name }, at) => {
      expect(Math.hypot(...found[at]), name).toBeGreaterThan(1e-9);
    });
    const directions = parameters.map(({ shape }, at) =>
      random(sizeOf(shape), 100 + at).map((value) => 2 * value - 1),
    );
    const step = 1e-6;
    // Along one direction for each role and branch: what one of them lacks, no other makes up for.
    for (const group of new Set(parameters.map(groupOf))) {
      const members = [...parameters.keys()].filter((at) => groupOf(parameters[at]) === group);
      const lossAt = (by: number) => {
        for (const at of members) {
          const start = values[network.variables.indexOf(parameters[at])];
          engine.write(
            parameters[at],
            start.map((value, i) => value + by * directions[at][i]),
          );
        }
        return engine.evaluate([loss], given)[0][0];
      };
      const expected = (lossAt(step) - lossAt(-step)) / (2 * step);
      lossAt(0);
      const along = (at: number) => found[at].reduce((sum, value, i) => sum + value * directions[at][i], 0);
      const actual = members.reduce((sum, at) => sum + along(at), 0);
      const scale = Math.hypot(...members.flatMap((at) => [...found[at]]));
      expect(Math.abs(actual - expected) / scale, group).toBeLessThan(1e-5);
    }
  });

  test.each(fast)('is the same on the $name engine', async ({ create, tolerance }) => {
    const { network, loss, gradients, given } = trained(design);
    const outputs = Object.fromEntries([loss, ...gradients].map((tensor, at) => [`${at}`, tensor]));
    const [engine, reference] = [create(), createReferenceEngine()];
    network.variables.forEach((each, at) => {
      engine.write(each, Float32Array.from(arbitrary(each, at)));
      reference.write(each, arbitrary(each, at));
    });
    const program = await engine.compile(makeStep('training', { outputs }));
    const actual = await program.run(given);
    const expected = reference.evaluate(Object.values(outputs), given);
    // A network is deeper than one operation.
    expected.forEach((values, at) => {
      expect(relativeDifference(actual[`${at}`], values), `${at}`).toBeLessThan(50 * tolerance);
    });
    program.dispose();
  });

  test.each(fast)(
    'gives an image the same logits and gradient in any batch on the $name engine',
    async ({ create }) => {
      const network = designed(design);
      const engine = create();
      network.variables.forEach((each, at) => {
        engine.write(each, Float32Array.from(arbitrary(each, at)));
      });
      const stepOf = (count: number) => {
        const x = input('x', shapeOf(count));
        const logits = classify(network, x, design.halves[1]);
        const [gradient] = differentiate(sumAll(multiply(logits, logits)), [x]);
        return makeStep('look', { outputs: { logits, gradient } });
      };
      // ONNX Runtime sums a single group, as layer normalization has in a single image, in an order of its own.
      await expectSameInAnyBatch(engine, { stepOf, inputs: { x: random(7 * size, 5) }, least: 2 });
    },
  );
});
