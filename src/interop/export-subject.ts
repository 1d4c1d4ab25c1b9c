/**
 * What every export has in common: which cell of the grid it is of, what the file says of itself, and that the file is new.
 *
 * A cell is asked for by a branch for all axes, or by names for single ones. What a file says (the run, what it learned, the
 * cell) is text by key, in its header.
 */
import { existsSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { packageVersion, plainConfiguration, regimeOf } from '../configuration/index.ts';
import { InputError, type Problem } from '../errors.ts';
import { type Branch, type Cell, cellAxes, cellLabel, gridOf, type Network } from '../nn/index.ts';
import type { CheckpointName, Run } from '../runs/index.ts';

/** Names of branches as they were given. `branch` goes for every axis that has a branch of that name. */
export interface CellRequest extends Partial<Readonly<Record<keyof Cell, Branch | undefined>>> {
  readonly branch?: Branch | undefined;
}

export const asksForCell = (request: CellRequest) =>
  Object.values(request).some((asked) => asked !== undefined);

/**
 * The one cell that fits the request; of a network with one set of everything, the only one.
 *
 * @throws InputError that lists every name that is not there, or the cells to choose from.
 */
export const chooseCell = (network: Pick<Network, 'name' | 'sets'>, request: CellRequest): Cell =>
  chooseFrom(gridOf(network), network.name, request);

/** As chooseCell, from the cells of a network that are at hand. */
export function chooseFrom(grid: readonly Cell[], name: string, request: CellRequest): Cell {
  const { branch } = request;
  const names = (key: keyof Cell) => [...new Set(grid.map((cell) => cell[key]))];
  const wanted = cellAxes.flatMap(([key, term]) => {
    const asked = request[key] ?? (branch !== undefined && names(key).includes(branch) ? branch : undefined);
    return asked === undefined ? [] : [{ key, term, asked }];
  });
  const unknown: Problem[] = wanted
    .filter(({ key, asked }) => !names(key).includes(asked))
    .map(({ key, term, asked }) => ({
      where: `${term} ${asked}`,
      what:
        names(key)[0] === undefined ? 'there is nothing to choose' : `use one of ${names(key).join(', ')}`,
    }));
  if (branch !== undefined && !cellAxes.some(([key]) => names(key).includes(branch)))
    unknown.push({
      where: `branch ${branch}`,
      what: `use one of ${[...new Set(cellAxes.flatMap(([key]) => names(key)))].filter(Boolean).join(', ')}`,
    });
  if (unknown.length > 0) throw new InputError(`the network ${name} has no such cell:`, unknown);
  const fitting = grid.filter((cell) => wanted.every(({ key, asked }) => cell[key] === asked));
  const [only] = fitting;
  if (only && fitting.length === 1) return only;
  throw new InputError(
    `choose one cell of the network, by --branch or by --ns and --ap; there are:`,
    (fitting.length === 0 ? grid : fitting).map((cell) => ({ where: 'cell', what: cellLabel(cell) })),
  );
}

interface Taken {
  readonly checkpoint: CheckpointName;
  readonly epoch: number;
  readonly classes: readonly string[];
  /** Where one cell is taken, which no longer is a network of the regime: what the regime decides must then be said. */
  readonly cell?: Cell | undefined;
}

/** What an exported file says of itself, as text by key; ONNX files carry the same. */
export function subjectOf(run: Run, { checkpoint, epoch, classes, cell }: Taken): Record<string, string> {
  const { network, data, regime, attack, seed } = run.configuration;
  const plain = plainConfiguration(run.configuration);
  // The affine that sandwich regimes share is part of the cell's own: it leaves as a plain network does.
  const kind = cell && regimeOf(regime).network?.normalization?.kind;
  const written = kind
    ? { ...plain.network, normalization: { ...plain.network?.normalization, kind } }
    : plain.network;
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
    configuration: JSON.stringify({ network: written, regime: plain.regime }),
    trainedNorm: attack.norm,
    trainedEpsilon: attack.epsilon.text,
  };
}

/** A cell's keys that say something. */
export const cellText = (cell: Cell): Record<string, string> =>
  Object.fromEntries(cellAxes.flatMap(([key]) => (cell[key] === undefined ? [] : [[key, cell[key]]])));

/** Exports go to new files only. @throws InputError where something of that name is there. */
export function refuseTaken(path: string): void {
  if (existsSync(path)) throw new InputError(`${path} is there already: give another name`);
}
