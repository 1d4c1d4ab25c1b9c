/** What an exported file says of itself: the run, what it learned, and the cell. Text by key, in the header of the file. */
import { basename, resolve } from 'node:path';
import { packageVersion, plainConfiguration } from '../configuration/index.ts';
import { type Cell, cellAxes } from '../nn/index.ts';
import type { CheckpointName, Run } from '../runs/index.ts';

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
