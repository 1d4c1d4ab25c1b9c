/**
 * A trained run as a file of weights for the Python world: PyTorch's names, no optimizer state. The whole network, or one cell of it as a
 * plain one.
 */
import type { LoadOptions } from '../data/index.ts';
import { writeAtomically } from '../files/index.ts';
import type { Cell } from '../nn/index.ts';
import {
  type CheckpointName,
  isOptimizerTensor,
  loadData,
  loadRunCheckpoint,
  networkFor,
  type Run,
  type StoredTensor,
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
import { encodeTorch } from './torch/index.ts';

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

interface Weights {
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  /** What it is, for formats that have a place for it. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** With what it is in the header. @throws InputError where the file is there already, the run has no such checkpoint, or no such cell. */
export const exportSafetensors = (
  run: Run,
  path: string,
  options: ExportOptions = {},
): Promise<ExportedWeights> =>
  // Readers of the Python package ask for the format.
  exportWeights(run, path, options, ({ tensors, metadata }) =>
    writeSafetensors(path, { tensors, metadata: { format: 'pt', ...metadata } }),
  );

/** As torch.save writes a state dict, for torch.load(path, weights_only=True). @throws as exportSafetensors. */
export const exportTorch = (run: Run, path: string, options: ExportOptions = {}): Promise<ExportedWeights> =>
  exportWeights(run, path, options, async ({ tensors }) => writeAtomically(path, await encodeTorch(tensors)));

async function exportWeights(
  run: Run,
  path: string,
  { checkpoint = 'last', cell: request = {}, ...options }: ExportOptions,
  write: (weights: Weights) => Promise<void>,
): Promise<ExportedWeights> {
  refuseTaken(path);
  const test = await loadData(run.configuration, 'test', options);
  const network = networkFor(run.configuration, test);
  const cell = asksForCell(request) ? chooseCell(network, request) : undefined;
  const shapes = shapesOf(network.variables);
  const { tensors: stored, metadata } = await loadRunCheckpoint(run, checkpoint, shapes, isOptimizerTensor);
  const weights = new Map([...stored].filter(([name]) => !isOptimizerTensor(name)));
  const tensors = cell ? plainState(network.variables, weights, cell) : weights;
  await write({
    tensors,
    metadata: {
      ...subjectOf(run, { checkpoint, epoch: metadata.position.epoch, classes: test.classes, cell }),
      ...(cell ? cellText(cell) : {}),
    },
  });
  return { tensors: tensors.size, cell };
}
