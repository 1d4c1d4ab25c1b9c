/**
 * The branches of a network as analyses look at them: which AP samples may go through, which variables a branch has, and
 * which variables of two branches correspond. All of it is read off the network's sets and its variables' roles.
 */
import { InputError } from '../errors.ts';
import {
  type Branch,
  type Cell,
  cellAxes,
  gridOf,
  type Network,
  type NetworkVariable,
  shared,
} from '../nn/index.ts';

/** A branch of parameters: a cell without its NS. An AP, with adapter and head where the network has several. */
export type ApBranch = Omit<Cell, 'statistics'>;

/** The cells that a network is evaluated through: see training's evaluationCells. */
export interface EvaluationCells {
  readonly clean: Cell;
  readonly robust: Cell;
}

export function apBranchOf({ statistics: _, ...ap }: Cell): ApBranch {
  return ap;
}

/** Every AP of a network (with adapter and head), each once. */
export function apBranchesOf(network: Pick<Network, 'sets'>): ApBranch[] {
  const [first] = network.sets.statistics;
  return gridOf(network)
    .filter(({ statistics }) => statistics === first)
    .map(apBranchOf);
}

/** As people read it: 'adv', or 'shared, adapter adv'. */
export function apBranchLabel({ affine, adapter, head }: ApBranch): string {
  return [affine, adapter && `adapter ${adapter}`, head && `head ${head}`].filter(Boolean).join(', ');
}

/** A cell as options and requests have it, by its branches: NS/AP, with adapter and head where the network has several. */
export function writtenCell(cell: Cell): string {
  return cellAxes.flatMap(([key]) => cell[key] ?? []).join('/');
}

/** The cell of a network that is written so. @throws InputError that lists them. */
export function cellWritten(network: Network, text: string): Cell {
  const cells = gridOf(network);
  const found = cells.find((cell) => writtenCell(cell) === text);
  if (found) return found;
  throw new InputError(`the network has no cell '${text}': use one of ${cells.map(writtenCell).join(', ')}`);
}

/**
 * The running NS that belong to an AP: the only ones, else those of its name, else those that the network is evaluated with
 * through this AP (the attacked cell first).
 */
export function runningStatisticsOf(
  network: Network,
  ap: ApBranch,
  evaluationCells: EvaluationCells,
): Branch {
  const { statistics } = network.sets;
  const first = firstStatistics(network);
  if (statistics.length === 1) return first;
  if (statistics.includes(ap.affine)) return ap.affine;
  const cell = [evaluationCells.robust, evaluationCells.clean].find(({ affine }) => affine === ap.affine);
  return cell?.statistics ?? first;
}

/**
 * The first of a network's NS.
 *
 * @throws InputError for a network whose norm keeps no statistics: there is nothing to re-estimate, and no gap to measure.
 */
export function firstStatistics(network: Network): Branch {
  const [first] = network.sets.statistics;
  if (first === undefined || !network.variables.some(({ role }) => role === 'statistic'))
    throw new InputError(
      'this network has no normalization statistics (NS): it normalizes each image by itself, so that there is nothing to re-estimate and no gap to measure',
    );
  return first;
}

const axes = {
  statistics: { role: 'statistic', set: 'statistics' },
  affine: { role: 'affine', set: 'affine' },
  adapter: { role: 'adapter', set: 'adapters' },
  head: { role: 'head', set: 'heads' },
} as const;

/** What a cell chooses. */
export type Axis = keyof typeof axes;

/** The branches that a network has of something; one that it has once is 'shared'. */
export function branchesOf({ sets }: Pick<Network, 'sets'>, axis: Axis): readonly Branch[] {
  return sets[axes[axis].set] ?? [shared];
}

/** The variables that are a branch's own, in the network's order. Those that all branches use are nobody's. */
export function variablesOf(network: Network, axis: Axis, branch: Branch): NetworkVariable[] {
  const owner = branchesOf(network, axis).length === 1 ? shared : branch;
  return network.variables.filter((each) => each.role === axes[axis].role && each.branch === owner);
}

/** A variable's name without its branch: bn1.adv.weight is bn1.weight. */
export function branchless({ name, branch }: NetworkVariable): string {
  return branch === shared ? name : name.replace(`.${branch}.`, '.');
}

/** A variable's layer and what it is there: bn1 and weight. */
export function placeOf(variable: NetworkVariable): { readonly layer: string; readonly what: string } {
  const name = branchless(variable);
  const dot = name.lastIndexOf('.');
  return { layer: name.slice(0, dot), what: name.slice(dot + 1) };
}

/** The variables of one branch, each with its counterpart of the other. */
export function counterparts(network: Network, axis: Axis, from: Branch, to: Branch) {
  const others = new Map(variablesOf(network, axis, to).map((each) => [branchless(each), each]));
  return variablesOf(network, axis, from).map((start) => ({
    start,
    end: others.get(branchless(start)) ?? start,
  }));
}
