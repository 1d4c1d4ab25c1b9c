/**
 * What makes a regime definition sensible, asked of those that users write and, in a test, of the built-in ones. A definition
 * without problems builds a step whose every part is trained, updated, or said to be frozen. All problems are found at once.
 */
import { type Loss, type LossName, losses, lossLabel, lossOf } from '../attacks/index.ts';
import { InputError, type Problem } from '../errors.ts';
import { type Branch, type Cell, type Role, shared } from '../nn/index.ts';
import {
  attacksOf,
  isAmong,
  type LossTerm,
  type Regime,
  type RegimePass,
  type VariableFilter,
} from './regime.ts';

/** Every problem of a definition; `where` is a dotted path inside it, passes going by their names. */
export function regimeProblems(regime: Regime): Problem[] {
  return [
    ...setProblems(regime),
    ...partProblems(regime),
    ...sourceProblems(regime),
    ...regime.passes.flatMap((pass) => passProblems(regime, pass)),
    ...regime.statisticsUpdates.flatMap(({ branch, from }, at) => [
      ...among(`statisticsUpdates.${at}.branch`, branch, regime.sets.statistics),
      ...passNames(regime, `statisticsUpdates.${at}.from`, from),
    ]),
    ...regime.terms.flatMap((term, at) => termProblems(regime, term, `terms.${at}`)),
    ...frozenProblems(regime, 'frozen', regime.frozen ?? []),
    ...frozenProblems(regime, 'init.reinitialized', regime.init?.reinitialized ?? []),
    ...(regime.clamp ? among('clamp.affine', regime.clamp.affine, regime.sets.affine) : []),
    ...notUpdated(regime),
    ...untrained(regime),
    ...notEvaluated(regime),
  ];
}

/** A regime of your own as it is, once it makes sense. @throws InputError with all its problems. */
export function defineRegime(regime: Regime): Regime {
  const problems = regimeProblems(regime);
  if (problems.length > 0) throw new InputError(`the regime '${regime.summary}' makes no sense:`, problems);
  return regime;
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
  const attacks = attacksOf(regime).flatMap(([name, { cell, reference, loss }]) => {
    const where = `sources.${name}`;
    const pointless = reference && isLoss(loss) && !lossOf(loss).comparesWithClean;
    return [
      ...cellProblems(regime, `${where}.cell`, cell),
      ...(reference ? cellProblems(regime, `${where}.reference`, reference) : []),
      ...(pointless
        ? [
            {
              where: `${where}.reference`,
              what: `expected none, because ${loss === undefined ? loss : lossLabel(loss)} compares with nothing, found one`,
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
    ...(typeof loss === 'function' ? [] : among(`${where}.loss`, loss, lossNames)),
    ...passNames(regime, `${where}.pass`, [pass]),
    ...(reference === undefined ? [] : passNames(regime, `${where}.reference`, [reference])),
  ];
  if (!isLoss(loss)) return problems;
  const compares = lossOf(loss).comparesWithClean === true;
  if (compares && reference === undefined)
    problems.push(needed(`${where}.reference`, `expected the pass that ${lossLabel(loss)} compares with`));
  if (!compares && reference !== undefined)
    problems.push({
      where: `${where}.reference`,
      what: `expected none, because ${lossLabel(loss)} compares with nothing, found '${reference}'`,
    });
  if (weight === 'beta' && regime.beta === undefined)
    problems.push(needed('beta', `expected a number, because ${where} weighs by it`));
  return problems;
}

function frozenProblems(regime: Regime, where: string, listed: readonly VariableFilter[]): Problem[] {
  return listed.flatMap(({ role, branch }, at) =>
    branch === undefined ? [] : among(`${where}.${at}.branch`, branch, branchesOf(regime, role)),
  );
}

/** Every running NS is updated or frozen, and not both: one that is neither stays at mean 0 and variance 1 by oversight. */
function notUpdated({ sets, statisticsUpdates, frozen = [] }: Regime): Problem[] {
  return sets.statistics.flatMap((branch) => {
    const updated = statisticsUpdates.some((update) => update.branch === branch);
    const kept = isAmong(frozen, { role: 'statistic', branch });
    if (updated !== kept) return [];
    return updated
      ? [
          {
            where: 'frozen',
            what: `expected NS ${branch} not to be frozen, because it is updated, found both`,
          },
        ]
      : [needed('statisticsUpdates', `expected NS ${branch} to be updated, or to be frozen`)];
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

/** Every AP, adapter and head is trained or frozen. */
function untrained(regime: Regime): Problem[] {
  const { terms, frozen = [] } = regime;
  if (terms.length === 0) return [needed('terms', 'expected a loss')];
  const reached = [...reachedPasses(regime)];
  // Statistics are gathered before any head.
  const inTerms = reached.filter(({ name }) => termPasses(terms).includes(name));
  const trained = {
    affine: reached.map(({ affine }) => affine),
    adapter: reached.map(({ adapter }) => adapter),
    head: inTerms.map(({ head }) => head),
  };
  const { affine, adapters = [], heads = [] } = regime.sets;
  // One adapter or head need not be named by the passes that use it.
  const several = (branches: readonly Branch[]) => (branches.length > 1 ? branches : []);
  const sets = { affine, adapter: several(adapters), head: several(heads) };
  return (['affine', 'adapter', 'head'] as const).flatMap((role) =>
    sets[role]
      .filter((branch) => !trained[role].includes(branch) && !isAmong(frozen, { role, branch }))
      .map((branch) => needed('terms', `expected a loss that reaches ${role} ${branch}, or it to be frozen`)),
  );
}

function notEvaluated(regime: Regime): Problem[] {
  const clean = regime.passes.some(({ source }) => regime.sources[source]?.kind === 'clean');
  if (clean || attacksOf(regime).length > 0) return [];
  return [needed('sources', 'expected clean images or an attack, by which the network is evaluated')];
}

/** The names of losses that a definition may say. */
export const lossNames = Object.keys(losses) as readonly LossName[];

/** False for a name that is none, as a file may say it. */
const isLoss = (loss: LossName | Loss | undefined): loss is LossName | Loss =>
  typeof loss === 'function' || lossNames.some((name) => name === loss);
