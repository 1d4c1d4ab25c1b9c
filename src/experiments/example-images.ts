/** A few test images with what an attack makes of them, and what the network says to either: to be looked at, not counted. */
import { attack, type Model, namedAttack, predictedClass, predictor } from '../attacks/index.ts';
import { regimeOf } from '../configuration/index.ts';
import { type DataOptions, type Dataset, evaluationSubset, gather, imageSize } from '../data/index.ts';
import { createEngine } from '../engines/index.ts';
import { cellLabel } from '../nn/index.ts';
import type { ReportImage, ReportImages } from '../report/index.ts';
import { loadTrained, type Run } from '../runs/index.ts';
import { evaluationCells } from '../training/index.ts';

export interface ExampleOptions {
  readonly count: number;
  /** A named attack, such as 'pgd-20'. */
  readonly attack: string;
  readonly epsilon: { readonly text: string; readonly value: number };
  readonly signal?: AbortSignal;
}

/** The first `count` of the evaluation's examples, attacked through the model's cell without stopping early. */
export async function exampleImages(
  model: Model,
  test: Dataset,
  options: ExampleOptions,
): Promise<ReportImages> {
  const { count, epsilon, signal } = options;
  const batch = gather(test, evaluationSubset(test, count));
  const settings = { batchSize: count, ...(signal ? { signal } : {}) };
  const { adversarial } = await attack(model, namedAttack(options.attack, epsilon.value), settings)(batch);
  const predict = predictor(model, count);
  const { classes } = model.network;
  const [before, after] = [await predict(batch.images), await predict(adversarial)];
  const className = (index: number) => test.classes[index] ?? 'none';
  const size = imageSize(test);
  const examples = Array.from(batch.labels, (label, at): ReportImage => {
    const pixels = (all: Float32Array) => all.slice(at * size, (at + 1) * size);
    return {
      shape: [test.channels, test.height, test.width],
      clean: pixels(batch.images),
      adversarial: pixels(adversarial),
      label: className(label),
      predictedClean: className(predictedClass(before, classes, at)),
      predictedAdversarial: className(predictedClass(after, classes, at)),
    };
  });
  return { through: `${cellLabel(model.cell)}, ${options.attack} at ${epsilon.text}`, examples };
}

/**
 * Images of a run's last checkpoint, attacked by the strongest attack that it is evaluated by, through the cell that its
 * robustness is evaluated through. Nothing is downloaded.
 *
 * @throws InputError where its checkpoint or its data is missing.
 */
export async function runImages(
  run: Run,
  count: number,
  options: DataOptions & { readonly signal?: AbortSignal },
): Promise<ReportImages | undefined> {
  const { engine: settings, evaluation, regime } = run.configuration;
  const strongest = evaluation.attacks.at(-1);
  if (strongest === undefined) return undefined;
  const engine = await createEngine(settings);
  try {
    const { network, test } = await loadTrained(run, engine, { ...options, download: false });
    const { robust } = evaluationCells(regimeOf(regime));
    return await exampleImages({ engine, network, cell: robust }, test, {
      count: Math.min(count, test.count),
      attack: strongest,
      epsilon: evaluation.epsilon,
      ...(options.signal && { signal: options.signal }),
    });
  } finally {
    await engine.dispose();
  }
}
