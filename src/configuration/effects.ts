/**
 * Keys that have no effect beside others: the attack of a regime without one, the momentum's form without momentum. Whoever types
 * such a key on a command line meant something by it, and is told that it does nothing; a file may say it for another regime than
 * the one that is trained, and then it is only pointed out.
 *
 * What is wrong in itself is in schema/. A key without effect is not left out of the hash, which is of what was asked for.
 */
import { lossOf } from '../attacks/index.ts';
import { type Role, shared } from '../nn/index.ts';
import { attacksOf, isAmong, type Regime, type VariableFilter } from '../training/index.ts';
import type { Configuration } from './schema/index.ts';
import { regimeOf } from './schema/regime.ts';

/** A key, or all keys of a section, with why it does nothing. */
export interface WithoutEffect {
  readonly key: string;
  readonly because: string;
  /** Never more than pointed out. */
  readonly isNote?: boolean;
}

/** What a rule looks at. */
interface Asked {
  readonly configuration: Configuration;
  readonly regime: Regime;
  /** Whether a key is given, rather than left to its default. */
  readonly isGiven: (key: string) => boolean;
}

interface Rule {
  readonly keys: readonly string[];
  /** Why they do nothing, or undefined where they do something. */
  readonly because: (asked: Asked) => string | undefined;
  readonly isNote?: boolean;
}

const when = (holds: boolean, because: string) => (holds ? because : undefined);

const isMeasured = ({ configuration: { analysis } }: Asked) => analysis.gapEverySteps > 0;
const isAttacked = (asked: Asked) => attacksOf(asked.regime).length > 0 || isMeasured(asked);
const hasNoise = ({ regime }: Asked) =>
  Object.values(regime.sources).some(({ kind, ...source }) => {
    const own = 'epsilon' in source ? source.epsilon : undefined;
    return kind === 'noise' && typeof own !== 'number';
  });

/** Whether a role has branches that are trained, as far as the regime and the network's normalization say. */
function isTrained({ configuration, regime }: Asked, role: Exclude<Role, 'statistic'>): boolean {
  const { sets, frozen = [] } = regime;
  const branches = {
    weight: [shared],
    head: sets.heads ?? [shared],
    affine: configuration.network.normalization.affine ? sets.affine : [],
    adapter: sets.adapters ?? [],
  }[role];
  return branches.some((branch) => !isAmong(frozen, { role, branch }));
}

const decayOf = (role: Exclude<Role, 'statistic'>): Rule => ({
  keys: [`optimizer.weightDecay.${role}`],
  because: (asked) =>
    when(!isTrained(asked, role), `${asked.configuration.regime.name} trains no variable of that role`),
});

const weighs = (word: string): Rule['because'] => {
  const words = word === 'alpha' ? ['alpha', '1-alpha'] : [word];
  return ({ configuration, regime }) =>
    when(
      !regime.terms.some(({ weight }) => words.includes(String(weight))),
      `no term of ${configuration.regime.name} weighs by it`,
    );
};

const RULES: readonly Rule[] = [
  { keys: ['regime.alpha'], because: weighs('alpha') },
  {
    keys: ['regime.awp'],
    because: (asked) =>
      when(
        !(['weight', 'adapter', 'head'] as const).some((role) => isTrained(asked, role)),
        `${asked.configuration.regime.name} trains nothing that AWP perturbs`,
      ),
  },
  {
    keys: ['attack.norm', 'attack.steps', 'attack.stepSize', 'attack.start', 'attack.loss'],
    because: (asked) => when(!isAttacked(asked), `${asked.configuration.regime.name} has no attack`),
  },
  {
    keys: ['attack.epsilon'],
    because: (asked) =>
      when(
        !isAttacked(asked) && !hasNoise(asked) && asked.isGiven('evaluation.epsilon'),
        `${asked.configuration.regime.name} has no attack, and evaluation.epsilon is given`,
      ),
  },
  {
    keys: ['attack.stepSize', 'attack.loss'],
    because: ({ configuration }) => when(configuration.attack.steps === 0, 'attack.steps is 0'),
  },
  {
    keys: ['attack.loss'],
    because(asked) {
      const { attack, regime } = asked.configuration;
      const increased = attacksOf(asked.regime).map(([, { loss }]) => loss);
      const [first] = increased;
      if (increased.length === 0 || increased.includes(undefined) || isMeasured(asked)) return undefined;
      return when(
        !increased.includes(attack.loss),
        `the attack of ${regime.name} increases ${String(first)} by definition`,
      );
    },
  },
  ...(['kind', 'sandwich'] as const).map(
    (key): Rule => ({
      keys: [`network.normalization.${key}`],
      because: ({ configuration, regime }) =>
        when(regime.network?.normalization?.[key] !== undefined, `${configuration.regime.name} decides it`),
    }),
  ),
  {
    keys: ['network.normalization.momentum'],
    because({
      configuration: {
        network,
        regime: { name },
      },
      regime,
    }) {
      const { kind } = network.normalization;
      if (kind !== 'batch') return `${kind} normalization has no running NS`;
      return when(regime.statisticsUpdates.length === 0, `${name} updates no running NS`);
    },
  },
  {
    keys: ['optimizer.nesterov'],
    because: ({ configuration: { optimizer } }) =>
      when(optimizer.kind === 'sgd' && optimizer.momentum === 0, 'optimizer.momentum is 0'),
  },
  decayOf('weight'),
  decayOf('head'),
  decayOf('affine'),
  decayOf('adapter'),
  {
    // Shorter trainings, of a trial say, keep the schedule of the long one.
    isNote: true,
    keys: ['schedule.milestones'],
    because({ configuration: { schedule, epochs } }) {
      if (schedule.kind !== 'piecewise') return undefined;
      const late = schedule.milestones.filter((milestone) => milestone >= epochs);
      return when(
        late.length > 0,
        late.length === schedule.milestones.length
          ? `no milestone is below epochs (${epochs})`
          : `milestone ${late[0]} is not below epochs (${epochs})`,
      );
    },
  },
  {
    keys: ['validation.attack', 'validation.everyEpochs'],
    because: ({ configuration }) =>
      when(configuration.data.validationExamples === 0, 'data.validationExamples is 0'),
  },
  {
    keys: ['analysis.gapBatchSize'],
    because: ({ configuration }) =>
      when(configuration.analysis.gapEverySteps === 0, 'analysis.gapEverySteps is 0'),
  },
  {
    keys: ['engine.convolution'],
    because: ({ configuration }) =>
      when(configuration.engine.name === 'reference', 'the engine reference has one way to compute'),
  },
];

/** Keys inside a definition, whose paths depend on the names in it. */
function inDefinition({ configuration, regime }: Asked): WithoutEffect[] {
  const { attack } = configuration;
  const { definition } = configuration.regime;
  if (!definition) return [];
  const { sets, clamp, frozen = [], init } = regime;
  const within = (key: string, because: string) => ({ key: `regime.definition.${key}`, because });
  const hasRole = (role: Role) => role !== 'adapter' || sets.adapters !== undefined;
  const ofNone = (key: string, listed: readonly VariableFilter[]) =>
    listed.flatMap(({ role }, at) =>
      hasRole(role) ? [] : [within(`${key}.${at}`, 'the regime has no adapters')],
    );
  const references = attacksOf(regime).flatMap(([name, { reference, loss }]) =>
    reference && loss === undefined && !lossOf(attack.loss).comparesWithClean
      ? [within(`sources.${name}.reference`, `attack.loss is ${attack.loss}, which compares with nothing`)]
      : [],
  );
  return [
    ...references,
    ...ofNone('frozen', frozen),
    ...ofNone('init.reinitialized', init?.reinitialized ?? []),
    ...(sets.adapters ? [] : [within('network.adapters', 'regime.definition.sets has no adapters')]),
    ...(regime.terms.some(({ weight }) => weight === 'beta') ? [] : [within('beta', 'no term weighs by it')]),
    ...(clamp && isAmong(frozen, { role: 'affine', branch: clamp.affine })
      ? [within('clamp', 'its branch is frozen')]
      : []),
  ];
}

/** Every key that does nothing in a configuration. */
export function keysWithoutEffect(
  configuration: Configuration,
  isGiven: (key: string) => boolean,
): WithoutEffect[] {
  const asked = { configuration, isGiven, regime: regimeOf(configuration.regime) };
  const ruled = RULES.flatMap(({ keys, because, isNote = false }) => {
    const reason = because(asked);
    return reason === undefined ? [] : keys.map((key) => ({ key, because: reason, isNote }));
  });
  return [...ruled, ...inDefinition(asked)];
}
