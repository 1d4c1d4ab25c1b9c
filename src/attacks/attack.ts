/**
 * Attacks on a trained model: options by name, compiled on demand, any number of examples.
 *
 *   await using run = attack(model, { name: 'pgd', epsilon: 8 / 255, steps: 50 }, { seed: 0 });
 *   const { adversarial, firstMisclassified } = await run({ images, labels });
 */
import type { Engine, Program } from '../engines/index.ts';
import { InputError } from '../errors.ts';
import { input, makeStep, type Step, type Tensor } from '../graph/index.ts';
import { classify } from '../nn/index.ts';
import type { AttackGiven, AttackOptions, Search } from './definition.ts';
import { type Ask, type Attacked, type AttackedExample, type InFlight, runSearch } from './loop.ts';
import {
  batchShape,
  type Classifier,
  checkExamples,
  type Examples,
  type Model,
  oneHot,
  predictor,
  programWidth,
} from './model.ts';
import { type AttackTable, attackTable, definitionOf, formsOf } from './table.ts';

/** How an attack is run, as opposed to what it is. */
export interface AttackSettings {
  /** Of random starts and draws (default 0). */
  readonly seed?: number | undefined;
  /** Examples at once (default 100), unless the engine has a constant width. Changes the speed and the memory, not the result. */
  readonly batchSize?: number | undefined;
  /** Leave an example as soon as one of its iterates is misclassified, as evaluation does. */
  readonly earlyStop?: boolean | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  /** Called with each example as soon as it is finished. */
  readonly onExample?: ((example: AttackedExample) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** The attacks that names are looked up in; default those that are built in. */
  readonly attackTable?: AttackTable | undefined;
}

/** Options by name, the attack's own too. */
export type AttackChanges = Partial<AttackOptions> & Readonly<Record<string, unknown>>;

export interface Attack {
  /**
   * Attack examples, with some of the options changed where they are given. Programs are kept, and serve every value of
   * options that enter the graph as numbers (epsilon and step size of PGD). Rejects with the signal's reason.
   */
  (examples: Examples, changes?: AttackChanges): Promise<Attacked>;
  /** Give back what the engine holds for this attack. It can be used again. */
  dispose(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Prepare an attack on a model. Moves no variable of the network. Options that are left out have their defaults.
 *
 * @throws InputError for options outside their range, for a name that is no attack, and for an attack that follows gradients
 *   where a model has none.
 */
export function attack<Given extends AttackGiven>(
  model: Classifier,
  given: Given,
  settings: AttackSettings = {},
): Attack {
  const { network } = model;
  const {
    seed = 0,
    batchSize = 100,
    earlyStop = false,
    attackTable: table = attackTable,
    ...rest
  } = settings;
  if (!Number.isInteger(batchSize) || batchSize < 1)
    throw new InputError(`batch size ${batchSize}: expected a whole number of at least 1`);
  const definition = definitionOf(given.name, table);
  definition.complete(given);
  if (definition.asks === 'gradients' && 'logits' in model)
    throw new InputError(
      `the model ${network.name} gives logits alone, and ${given.name} follows gradients; use one of ${logitForms(table)}`,
    );
  const programs = new Map<string, Promise<Program>>();

  const run = async (examples: Examples, changes: AttackChanges = {}): Promise<Attacked> => {
    checkExamples(network, examples);
    const options = definition.complete({ ...given, ...changes });
    const { images, classes } = network;
    const search = definition.search(options, { images, classes });
    const wanted = Math.max(1, Math.min(batchSize, examples.labels.length));
    const width = 'logits' in model ? wanted : programWidth(model.engine, wanted);
    const knownLogits = search.readsCleanLogits
      ? await cleanLogits(model, examples.images, width)
      : undefined;
    const ask =
      'logits' in model
        ? askLogits(model.logits)
        : await askProgram(
            model,
            search,
            examples,
            knownLogits,
            widthsOf(model.engine, search, width),
            (of) => {
              const key = JSON.stringify([of, search.step ? without(options, search.scalars) : 'queries']);
              const known =
                programs.get(key) ??
                model.engine.compile(stepOf(model, search, of), { batchInvariant: true });
              programs.set(key, known);
              return known;
            },
          );
    const loop = {
      seed,
      batchSize: width,
      cleanLogits: knownLogits,
      earlyStop,
      walks: search.walks ?? options.restarts,
      ...rest,
    };
    return runSearch(search, ask, examples, classes, loop);
  };
  const dispose = async () => {
    const compiled = [...programs.values()];
    programs.clear();
    for (const program of compiled) (await program).dispose();
  };
  return Object.assign(run, { dispose, [Symbol.asyncDispose]: dispose });
}

/**
 * The widths of an attack's programs. Towards the end few examples are left: where the number of examples in a program decides
 * nothing, many queries are worth a second program for them, gradients are not.
 */
const widthsOf = ({ constantWidth }: Engine, { step }: Search, width: number): readonly number[] =>
  step || constantWidth !== undefined ? [width] : [Math.ceil(width / 4), width];

const logitForms = (table: AttackTable) => formsOf(table.filter(({ asks }) => asks === 'logits')).join(', ');

/** What a graph depends on: all options but those that enter it as numbers. */
const without = (options: AttackOptions, scalars: Search['scalars'] = {}) =>
  Object.entries(options).filter(([name]) => !(name in scalars));

/** The graph of an attack for `width` examples; of one that asks for logits alone, the model. */
function stepOf({ network, cell }: Model, search: Search, width: number): Step {
  const x = input('x', batchShape(network, width));
  const model = (images: Tensor) => classify(network, images, cell);
  if (!search.step) return makeStep('queries', { outputs: { logits: model(x) } });
  const declared = (shapes: Readonly<Record<string, readonly number[]>>, axes: readonly number[]) =>
    Object.fromEntries(
      Object.entries(shapes).map(([name, shape]) => [name, input(name, [...axes, ...shape])]),
    );
  const scalars = Object.keys(search.scalars ?? {}).map((name) => [name, []] as const);
  const outputs = search.step({
    x,
    images: input('images', batchShape(network, width)),
    labels: input('labels', [width, network.classes]),
    reference: input('reference', [width, network.classes]),
    model,
    scalars: declared(Object.fromEntries(scalars), []),
    state: declared(search.state ?? {}, [width]),
  });
  return makeStep('attack', { outputs });
}

/** Ask a model of which only logits can be had: exactly the images there are. */
function askLogits(logits: (images: Float32Array) => Promise<Float32Array>): Ask {
  return async (inFlight) => {
    const images = new Float32Array(inFlight.reduce((total, { x }) => total + x.length, 0));
    for (const [place, { x }] of inFlight.entries()) images.set(x, place * x.length);
    return { values: { logits: await logits(images) }, width: inFlight.length };
  };
}

/** Ask a network by the narrowest program that has room; places that are left over run along, and nobody looks at them. */
async function askProgram(
  model: Model,
  search: Search,
  { images, labels }: Examples,
  knownLogits: Float32Array | undefined,
  widths: readonly number[],
  programOf: (width: number) => Promise<Program>,
): Promise<Ask> {
  const { classes } = model.network;
  const widest = widths.at(-1) ?? 1;
  const oneHots = oneHot(labels, classes);
  const row = (values: Float32Array, size: number, at: number) => values.subarray(at * size, (at + 1) * size);
  let clean = knownLogits ? Promise.resolve(knownLogits) : undefined;
  const buffers = new Map<string, Float32Array>();
  const gathered = (name: string, width: number, rows: readonly Float32Array[]): Float32Array => {
    const key = `${name} ${width}`;
    const size = rows[0].length;
    const buffer = buffers.get(key) ?? new Float32Array(width * size);
    buffers.set(key, buffer);
    for (const [place, values] of rows.entries()) buffer.set(values, place * size);
    return buffer;
  };
  const valuesOf = async (name: string, width: number, inFlight: readonly InFlight[]) => {
    const scalar = search.scalars?.[name];
    if (scalar !== undefined) return Float32Array.of(scalar);
    if (name === 'x')
      return gathered(
        name,
        width,
        inFlight.map(({ x }) => x),
      );
    if (name === 'images')
      return gathered(
        name,
        width,
        inFlight.map((each) => each.clean),
      );
    if (name === 'labels')
      return gathered(
        name,
        width,
        inFlight.map(({ at }) => row(oneHots, classes, at)),
      );
    if (name === 'reference') {
      clean ??= cleanLogits(model, images, widest);
      const known = await clean;
      return gathered(
        name,
        width,
        inFlight.map(({ at }) => row(known, classes, at)),
      );
    }
    return gathered(
      name,
      width,
      inFlight.map(({ walk }) => {
        const values = walk.state?.[name];
        if (!values) throw new RangeError(`the attack's walk has no state '${name}'`);
        return values;
      }),
    );
  };
  return async (inFlight) => {
    const width = widths.find((each) => inFlight.length <= each) ?? widest;
    const program = await programOf(width);
    const inputs: Record<string, Float32Array> = {};
    for (const { attributes } of program.step.inputs)
      inputs[attributes.name] = await valuesOf(attributes.name, width, inFlight);
    return { values: await program.run(inputs), width };
  };
}

async function cleanLogits(model: Classifier, images: Float32Array, width: number): Promise<Float32Array> {
  const predict = predictor(model, width);
  try {
    return await predict(images);
  } finally {
    await predict.dispose();
  }
}
