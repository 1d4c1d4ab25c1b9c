/**
 * What makes a row of the regime table sensible, asked of rows that users write and, in a test, of the built-in ones. A row
 * without problems builds a step whose every part is trained, moved, or said to be kept. All problems are found at once.
 */
import { comparing, type LossName, losses } from '../attacks/index.ts';
import type { Problem } from '../errors.ts';
import { type Branch, type Cell, type Role, shared } from '../nn/index.ts';
import {
  attacksOf,
  isAmong,
  type LossTerm,
  type Regime,
  type RegimePass,
  type VariableFilter,
} from './regime.ts';

/** Every problem of a row; `where` is a dotted path inside it, passes going by their names. */
export function regimeProblems(regime: Regime): Problem[] {
  return [
    ...setProblems(regime),
    ...partProblems(regime),
    ...sourceProblems(regime),
    ...regime.passes.flatMap((pass) => passProblems(regime, pass)),
    ...regime.moves.flatMap(({ branch, from }, at) => [
      ...among(`moves.${at}.branch`, branch, regime.sets.statistics),
      ...passNames(regime, `moves.${at}.from`, from),
    ]),
    ...regime.terms.flatMap((term, at) => termProblems(regime, term, `terms.${at}`)),
    ...keptProblems(regime, 'keeps', regime.keeps ?? []),
    ...keptProblems(regime, 'start.fresh', regime.start?.fresh ?? []),
    ...(regime.clamp ? among('clamp.affine', regime.clamp.affine, regime.sets.affine) : []),
    ...unmoved(regime),
    ...untrained(regime),
    ...unjudged(regime),
  ];
}

/** The branches of each role; weights are never several. */
function branchesOf({ sets, network }: Regime, role: Role): readonly Branch[] {
  const { statistics, adapters = [], heads = [shared] } = sets;
  const affine = network?.normalization?.sandwich ? [...sets.affine, shared] : sets.affine;
  return { weight: [shared], statistic: statistics, affine, adapter: adapters, head: heads }[role];
}

const quoted = (found: string | undefined) => (found === undefined ? 'nothing' : `'${found}'`);

function among(where: string, found: string | undefined, known: readonly string[]): Problem[] {
  if (found !== undefined && known.includes(found)) return [];
  const expected = known.length === 0 ? 'nothing, because there are none' : `one of ${known.join(', ')}`;
  return [{ where, what: `expected ${expected}, found ${quoted(found)}` }];
}

const needed = (where: string, what: string): Problem => ({ where, what: `${what}, found none` });

function setProblems({ sets }: Regime): Problem[] {
  return Object.entries(sets).flatMap(([axis, branches]) => {
    const where = `sets.${axis}`;
    const list = `[${branches.join(', ')}]`;
    if (new Set(branches).size < branches.length)
      return [{ where, what: `expected every name once, found ${list}` }];
    const [only] = branches;
    if (branches.length === 1 && only !== shared)
      return [{ where, what: `expected a single set to be called ${shared}, found ${list}` }];
    return [];
  });
}

function partProblems({ sets, network }: Regime): Problem[] {
  return [
    ...(network?.adapters && !sets.adapters
      ? [needed('sets.adapters', 'expected the branches of the adapters')]
      : []),
    ...(network?.normalization?.sandwich && sets.affine.length < 2
      ? [
          {
            where: 'network.normalization.sandwich',
            what: 'expected AP apart after the shared affine, found one set',
          },
        ]
      : []),
  ];
}

function sourceProblems(regime: Regime): Problem[] {
  const unused = Object.keys(regime.sources)
    .filter((name) => !regime.passes.some(({ source }) => source === name))
    .map((name) => needed(`sources.${name}`, 'expected a pass that takes these images'));
  const attacks = attacksOf(regime).flatMap(([name, { through, reference, loss }]) => {
    const where = `sources.${name}`;
    const pointless = reference && loss !== undefined && !comparing.has(loss);
    return [
      ...cellProblems(regime, `${where}.through`, through),
      ...(reference ? cellProblems(regime, `${where}.reference`, reference) : []),
      ...(pointless
        ? [
            {
              where: `${where}.reference`,
              what: `expected none, because ${loss} compares with nothing, found one`,
            },
          ]
        : []),
    ];
  });
  return [...unused, ...attacks];
}

function cellProblems(regime: Regime, where: string, cell: Cell): Problem[] {
  return [
    ...among(`${where}.statistics`, cell.statistics, regime.sets.statistics),
    ...choices(regime, where, cell),
  ];
}

/** AP, adapter and head; the latter two are said where there are several. */
function choices(regime: Regime, where: string, chosen: Omit<Cell, 'statistics'>): Problem[] {
  const { affine, adapters = [], heads = [] } = regime.sets;
  const several = (axis: 'adapter' | 'head', branches: readonly Branch[]) =>
    branches.length > 1 || chosen[axis] !== undefined
      ? among(`${where}.${axis}`, chosen[axis], branches)
      : [];
  return [
    ...among(`${where}.affine`, chosen.affine, affine),
    ...several('adapter', adapters),
    ...several('head', heads),
  ];
}

function passProblems(regime: Regime, { name, source, statistics, ...chosen }: RegimePass): Problem[] {
  const where = `passes.${name}`;
  return [
    ...among(`${where}.source`, source, Object.keys(regime.sources)),
    ...('running' in statistics
      ? among(`${where}.statistics.running`, statistics.running, regime.sets.statistics)
      : passNames(regime, `${where}.statistics.batch`, statistics.batch)),
    ...choices(regime, where, chosen),
  ];
}

function passNames({ passes }: Regime, where: string, names: readonly string[]): Problem[] {
  if (names.length === 0) return [needed(where, 'expected the name of a pass')];
  return names.flatMap((name) =>
    among(
      where,
      name,
      passes.map((pass) => pass.name),
    ),
  );
}

function termProblems(regime: Regime, { weight, loss, pass, reference }: LossTerm, where: string): Problem[] {
  const problems = [
    ...among(`${where}.loss`, loss, Object.keys(losses)),
    ...passNames(regime, `${where}.pass`, [pass]),
    ...(reference === undefined ? [] : passNames(regime, `${where}.reference`, [reference])),
  ];
  const compares = comparing.has(loss);
  if (compares && reference === undefined)
    problems.push(needed(`${where}.reference`, `expected the pass that ${loss} compares with`));
  if (!compares && reference !== undefined)
    problems.push({
      where: `${where}.reference`,
      what: `expected none, because ${loss} compares with nothing, found '${reference}'`,
    });
  if (weight === 'beta' && regime.beta === undefined)
    problems.push(needed('beta', `expected a number, because ${where} weighs by it`));
  return problems;
}

function keptProblems(regime: Regime, where: string, kept: readonly VariableFilter[]): Problem[] {
  return kept.flatMap(({ role, branch }, at) =>
    branch === undefined ? [] : among(`${where}.${at}.branch`, branch, branchesOf(regime, role)),
  );
}

/** Every running NS moves or is kept, and not both: one that does neither stays at mean 0 and variance 1 by oversight. */
function unmoved({ sets, moves, keeps = [] }: Regime): Problem[] {
  return sets.statistics.flatMap((branch) => {
    const moves_ = moves.some((move) => move.branch === branch);
    const kept = isAmong(keeps, { role: 'statistic', branch });
    if (moves_ !== kept) return [];
    return moves_
      ? [{ where: 'keeps', what: `expected NS ${branch} not to be kept, because it moves, found both` }]
      : [needed('moves', `expected NS ${branch} to move, or to be kept`)];
  });
}

/** The passes that a gradient of the loss reaches: those of its terms, and those whose statistics normalize a reached one. */
function reachedPasses({ passes, terms }: Regime): ReadonlySet<RegimePass> {
  const named = (name: string) => passes.filter((pass) => pass.name === name);
  const reached = new Set(termPasses(terms).flatMap(named));
  for (const { statistics } of reached)
    if ('batch' in statistics) for (const pass of statistics.batch.flatMap(named)) reached.add(pass);
  return reached;
}

const termPasses = (terms: readonly LossTerm[]) =>
  terms.flatMap(({ pass, reference }) => (reference === undefined ? [pass] : [pass, reference]));

/** Every AP, adapter and head is trained or kept. */
function untrained(regime: Regime): Problem[] {
  const { terms, keeps = [] } = regime;
  if (terms.length === 0) return [needed('terms', 'expected a loss')];
  const reached = [...reachedPasses(regime)];
  // Statistics are gathered before any head.
  const judged = reached.filter(({ name }) => termPasses(terms).includes(name));
  const trained = {
    affine: reached.map(({ affine }) => affine),
    adapter: reached.map(({ adapter }) => adapter),
    head: judged.map(({ head }) => head),
  };
  const { affine, adapters = [], heads = [] } = regime.sets;
  // One adapter or head need not be named by the passes that use it.
  const several = (branches: readonly Branch[]) => (branches.length > 1 ? branches : []);
  const sets = { affine, adapter: several(adapters), head: several(heads) };
  return (['affine', 'adapter', 'head'] as const).flatMap((role) =>
    sets[role]
      .filter((branch) => !trained[role].includes(branch) && !isAmong(keeps, { role, branch }))
      .map((branch) => needed('terms', `expected a loss that reaches ${role} ${branch}, or it to be kept`)),
  );
}

function unjudged(regime: Regime): Problem[] {
  const clean = regime.passes.some(({ source }) => regime.sources[source]?.kind === 'clean');
  if (clean || attacksOf(regime).length > 0) return [];
  return [needed('sources', 'expected clean images or an attack, by which the network is judged')];
}

/** The names of losses that a row may say. */
export const lossNames = Object.keys(losses) as readonly LossName[];
