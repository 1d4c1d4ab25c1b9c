/**
 * A trained run as a safetensors file for the Python world: PyTorch's names, no optimizer state, and in the header what
 * it is. The whole network, or one cell of it as a plain one.
 */
import type { LoadOptions } from '../data/index.ts';
import type { Cell } from '../nn/index.ts';
import {
  type CheckpointName,
  isOptimizerTensor,
  loadData,
  loadRunCheckpoint,
  networkFor,
  type Run,
  shapesOf,
  writeSafetensors,
} from '../runs/index.ts';
import {
  asksForCell,
  type CellRequest,
  cellText,
  chooseCell,
  refuseTaken,
  subjectOf,
} from './export-subject.ts';
import { plainState } from './state-dict.ts';

export interface ExportOptions extends LoadOptions {
  readonly checkpoint?: CheckpointName | undefined;
  /** Nothing asked: the whole network. */
  readonly cell?: CellRequest;
}

export interface ExportedWeights {
  readonly tensors: number;
  /** Undefined for the whole network. */
  readonly cell: Cell | undefined;
}

/** @throws InputError where the file is there already, the run has no such checkpoint, or no such cell. */
export async function exportSafetensors(
  run: Run,
  path: string,
  { checkpoint = 'last', cell: request = {}, ...options }: ExportOptions = {},
): Promise<ExportedWeights> {
  refuseTaken(path);
  const test = await loadData(run.configuration, 'test', options);
  const network = networkFor(run.configuration, test);
  const cell = asksForCell(request) ? chooseCell(network, request) : undefined;
  const shapes = shapesOf(network.variables);
  const { tensors: stored, metadata } = await loadRunCheckpoint(run, checkpoint, shapes, isOptimizerTensor);
  const weights = new Map([...stored].filter(([name]) => !isOptimizerTensor(name)));
  const tensors = cell ? plainState(network.variables, weights, cell) : weights;
  await writeSafetensors(path, {
    tensors,
    metadata: {
      // Readers of the Python package ask for it.
      format: 'pt',
      ...subjectOf(run, { checkpoint, epoch: metadata.position.epoch, classes: test.classes }),
      ...(cell ? cellText(cell) : {}),
    },
  });
  return { tensors: tensors.size, cell };
}
