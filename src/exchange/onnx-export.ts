/** A trained run as a checked ONNX file: one cell as a classifier, or an attack on it. */

import { ascentOptions, namedAttack } from '../attacks/index.ts';
import type { Epsilon } from '../configuration/index.ts';
import { evaluationSubset, gather, type LoadOptions } from '../data/index.ts';
import type { Engine } from '../engines/engine.ts';
import { InputError } from '../errors.ts';
import { writeAtomically } from '../files/index.ts';
import type { Cell } from '../nn/index.ts';
import { type CheckpointName, loadTrained, type Run } from '../runs/index.ts';
import { type CellRequest, chooseCell } from './cell-choice.ts';
import { checkAttackModel, checkClassifier, type OnnxCheck } from './onnx-check.ts';
import { onnxModel } from './onnx-model.ts';
import { openOnnxSession } from './onnx-session.ts';
import { refuseTaken } from './refuse-taken.ts';
import { cellText, subjectOf } from './subject.ts';

export interface OnnxExportOptions extends LoadOptions {
  readonly checkpoint?: CheckpointName | undefined;
  readonly cell?: CellRequest;
  /** A number of images that the model takes, and no other; without it, any. */
  readonly batch?: number | undefined;
  /** An attack by name, to be exported in place of the classifier. */
  readonly attack?: { readonly name: string; readonly epsilon: Epsilon } | undefined;
}

export interface ExportedModel {
  readonly cell: Cell;
  readonly bytes: number;
  readonly check: OnnxCheck;
}

// Enough to see a wrong graph; more would only take longer.
const checkedImages = 8;

/**
 * Writes the model after it has passed its check: a file that is there is a file that works.
 *
 * @throws InputError where the file is there already or the run has no such checkpoint, cell or attack; RunError where
 *   ONNX Runtime finds something else than the program.
 */
export async function exportOnnx(
  run: Run,
  path: string,
  engine: Engine,
  { checkpoint = 'last', cell: request = {}, attack, batch, ...loading }: OnnxExportOptions = {},
): Promise<ExportedModel> {
  refuseTaken(path);
  const options = attack && ascentOptions(namedAttack(attack.name, attack.epsilon.value));
  const { network, test, epoch } = await loadTrained(run, engine, { checkpoint, ...loading });
  const cell = chooseCell(network, request);
  const model = { engine, network, cell };
  const metadata = {
    ...subjectOf(run, { checkpoint, epoch, classes: test.classes }),
    ...cellText(cell),
    ...(attack && { attack: attack.name, epsilon: attack.epsilon.text, stepSize: String(options?.stepSize) }),
  };
  const bytes = onnxModel(model, { attack: options, batch, metadata });
  const examples = gather(test, evaluationSubset(test, Math.min(batch ?? checkedImages, test.count)));
  if (batch !== undefined && examples.labels.length < batch)
    throw new InputError(`the model cannot be checked on ${batch} images: the test set has ${test.count}`);
  const session = await openOnnxSession(bytes, path, engine.describe().threads);
  const check = await (options
    ? checkAttackModel(model, session, options, examples)
    : checkClassifier(model, session, examples.images, batch)
  ).finally(() => session.dispose());
  await writeAtomically(path, bytes);
  return { cell, bytes: bytes.byteLength, check };
}
