/** Which cell of the grid leaves the program, from what was asked: a branch for all axes, or names for single ones. */
import { InputError, type Problem } from '../errors.ts';
import { type Branch, type Cell, cellAxes, cellLabel, gridOf, type Network } from '../nn/index.ts';

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
export function chooseCell(network: Pick<Network, 'name' | 'sets'>, request: CellRequest): Cell {
  const grid = gridOf(network);
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
  if (unknown.length > 0) throw new InputError(`the network ${network.name} has no such cell:`, unknown);
  const fitting = grid.filter((cell) => wanted.every(({ key, asked }) => cell[key] === asked));
  const [only] = fitting;
  if (only && fitting.length === 1) return only;
  throw new InputError(
    `choose one cell of the network, by --branch or by --ns and --ap; there are:`,
    (fitting.length === 0 ? grid : fitting).map((cell) => ({ where: 'cell', what: cellLabel(cell) })),
  );
}
