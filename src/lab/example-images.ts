/** A few test images with what an attack makes of them, and what the network says to either: to be looked at, not counted. */
import { attack, type Model, namedAttack, predictedClass, predictor } from '../attacks/index.ts';
import { type Dataset, evaluationSubset, gather, imageSize } from '../data/index.ts';
import { cellLabel } from '../nn/index.ts';
import type { ReportImage, ReportImages } from './report/index.ts';

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
