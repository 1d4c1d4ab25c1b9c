/**
 * An attack of one's own beside the built-in ones: a step along the gradient itself, scaled to epsilon by its largest value.
 * Batches, early stopping, restarts and random starts are the library's; an attack says what one step is.
 */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { evaluate, train } from 'dualbn';
import { ascend, attackTable, defineAttack, norms, optionsSchema } from 'dualbn/attacks';
import { absolute, add, divide, max, multiply, sum } from 'dualbn/graph';
import { datasets, settings } from './toy-data.ts';

const rawGradient = defineAttack({
  name: 'raw-gradient',
  summary: 'steps along the gradient, not its sign',
  asks: 'gradients',
  anytime: true,
  forms: [{ form: 'raw-gradient-<N>', summary: 'N steps of at most epsilon / 2' }],
  options: optionsSchema('raw-gradient', ['linf'], {}),
  defaults: () => ({ norm: 'linf', steps: 10, restarts: 1 }),
  search: ({ norm, epsilon, steps }) => ({
    scalars: { epsilon },
    step({ x, scalars, ...given }) {
      const size = multiply(scalars.epsilon, 0.5);
      const { logits, loss, gradient } = ascend(x, { ...given, loss: 'ce', norm, epsilon, stepSize: 0 });
      const largest = add(max(absolute(gradient), [1, 2, 3], true), 1e-12);
      const moved = add(x, multiply(size, divide(gradient, largest)));
      const next = norms.linf.project(moved, given.images, scalars.epsilon);
      return { logits, loss, gradientL1: sum(absolute(gradient), [1, 2, 3]), next };
    },
    begin({ clean }, x) {
      x.set(clean);
      return {
        next({ step, output }) {
          if (step === steps) return 'done';
          x.set(output('next'));
          return 'continue';
        },
      };
    },
  }),
});

const folder = await mkdtemp(join(tmpdir(), 'dualbn-own-attack-'));
const { run } = await train({ settings, datasets, directory: join(folder, 'run') });
const { document } = await evaluate(run, {
  attacks: ['raw-gradient-4', 'pgd-4'],
  attackTable: [...attackTable, rawGradient],
  datasets,
});
for (const { statistics, affine, clean, robust } of document.grid)
  console.log(`NS ${statistics}, AP ${affine}: clean ${clean}, ${JSON.stringify(robust)}`);
