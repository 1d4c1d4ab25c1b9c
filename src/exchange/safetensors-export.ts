/**
 * A trained run as a safetensors file for the Python world: PyTorch's names, no optimizer state, and in the header what
 * it is. The whole network, or one cell of it as a plain one.
 */
import { existsSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { packageVersion, plainConfiguration } from '../configuration/index.ts';
import type { LoadOptions } from '../data/index.ts';
import { InputError } from '../errors.ts';
import { type Cell, cellAxes } from '../nn/index.ts';
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
import { asksForCell, type CellRequest, chooseCell } from './cell-choice.ts';
import { plainState } from './plain-state.ts';

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

interface Taken {
  readonly checkpoint: CheckpointName;
  readonly epoch: number;
  readonly classes: readonly string[];
}

/** What an exported file says of itself, as text by key; ONNX files carry the same. */
export function subjectOf(run: Run, { checkpoint, epoch, classes }: Taken): Record<string, string> {
  const { network, data, regime, attack, seed } = run.configuration;
  const plain = plainConfiguration(run.configuration);
  return {
    dualbn: packageVersion,
    run: basename(resolve(run.directory)),
    checkpoint,
    epoch: String(epoch),
    seed: String(seed),
    dataset: data.dataset,
    classes: JSON.stringify(classes),
    network: network.name,
    ...(network.width === undefined ? {} : { width: String(network.width) }),
    regime: regime.name,
    // What import needs to make the same network, whatever its options and its row.
    configuration: JSON.stringify({ network: plain.network, regime: plain.regime }),
    trainedNorm: attack.norm,
    trainedEpsilon: attack.epsilon.text,
  };
}

/** A cell's keys that say something. */
export const cellText = (cell: Cell): Record<string, string> =>
  Object.fromEntries(cellAxes.flatMap(([key]) => (cell[key] === undefined ? [] : [[key, cell[key]]])));

/** Nothing is written over. */
export function refuseTaken(path: string): void {
  if (existsSync(path)) throw new InputError(`${path} is there already: give another name`);
}
