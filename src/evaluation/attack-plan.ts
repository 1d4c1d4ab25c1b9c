/**
 * From the names of attacks and suites to the runs that show all of them. Every name is a list of stages, an attack that is no suite
 * of one; every stage is an attack run as far as some step. Stages of one attack share a run, whoever asked for them: the outcome of
 * an attack on an example does not depend on what else is evaluated.
 *
 * So do attacks that differ in nothing but their number of steps, where the shorter takes the first steps of the longer: PGD-10 is
 * the first half of PGD-20.
 */
import {
  type AttackDefinition,
  type AttackOptions,
  type AttackTable,
  attackSuites,
  definitionOf,
  type NormName,
  namedAttack,
  type SuiteTable,
  stagesForClasses,
  suiteFormsOf,
  suiteNamed,
} from '../attacks/index.ts';
import { InputError } from '../errors.ts';

/** An attack that was asked for by itself. */
export interface ReportedAttack {
  readonly name: string;
  /** Steps of the run after which it ends. */
  readonly steps: number;
}

export interface AttackRun {
  /** Of its longest attack, or of the first stage that needs it: 'pgd-20', 'aa: apgd-ce'. No two runs have one. */
  readonly name: string;
  /** Of the longest of its attacks. */
  readonly options: AttackOptions;
  /** What it asks of a model. */
  readonly asks: AttackDefinition['asks'];
  /** All attacks that were asked for by themselves, the shortest first. */
  readonly reported: readonly ReportedAttack[];
}

export interface PlannedStage {
  /** The attack's name within its suite; of an attack by itself, its name. */
  readonly stage: string;
  readonly run: AttackRun;
  readonly options: AttackOptions;
}

/** What one of the names stands for. */
export interface AskedAttack {
  readonly name: string;
  readonly isSuite: boolean;
  /** At least one, each on what those before it left standing. */
  readonly stages: readonly PlannedStage[];
  /** Stages that a network of so few classes does not allow. */
  readonly leftOut: readonly { readonly stage: string; readonly leastClasses: number }[];
}

export interface AttackPlan {
  /** In the order of the names, each once. */
  readonly asked: readonly AskedAttack[];
  /** In the order in which they are needed first. */
  readonly attackRuns: readonly AttackRun[];
  /** The one norm of all; without an attack, the usual one. */
  readonly norm: NormName;
}

export interface PlanSettings {
  /** What names are looked up in; default what is built in. */
  readonly attackTable?: AttackTable | undefined;
  readonly suites?: SuiteTable | undefined;
  /** Of the network, where it is known: a suite leaves out what needs more. */
  readonly classes?: number | undefined;
}

type Meaning = Omit<AskedAttack, 'stages'> & {
  readonly norm: NormName;
  readonly stages: readonly Omit<PlannedStage, 'run'>[];
};

/**
 * @throws InputError for a name that is no attack, for a suite of which nothing can be run, and for attacks of different norms:
 *   epsilon has one meaning at a time.
 */
export function planAttacks(
  names: readonly string[],
  epsilon: number,
  settings: PlanSettings = {},
): AttackPlan {
  const meanings = [...new Set(names)].map((name) => meaningOf(name, epsilon, settings));
  const [norm = 'linf', ...otherNorms] = new Set(meanings.map((meaning) => meaning.norm));
  if (otherNorms.length > 0)
    throw new InputError(
      `the attacks ${names.join(', ')} are of the norms ${[norm, ...otherNorms].join(' and ')}; evaluate one norm at a time, each with an epsilon of its own`,
    );
  const { attackTable } = settings;
  const keyOf = (options: AttackOptions) => {
    const anytime = definitionOf(options.name, attackTable).anytime(options);
    return JSON.stringify(
      Object.entries({ ...options, ...(anytime ? { steps: undefined } : {}) }).sort(([a], [b]) =>
        a < b ? -1 : 1,
      ),
    );
  };
  const runs = new Map<string, AttackRun>();
  for (const { name, isSuite, stages } of meanings)
    for (const { stage, options } of stages) {
      const known = runs.get(keyOf(options));
      const alone = isSuite ? [] : [{ name, steps: options.steps }];
      const reported = [...(known?.reported ?? []), ...alone].sort((a, b) => a.steps - b.steps);
      runs.set(keyOf(options), {
        name: reported.at(-1)?.name ?? known?.name ?? `${name}: ${stage}`,
        options: known && known.options.steps >= options.steps ? known.options : options,
        asks: definitionOf(options.name, attackTable).asks,
        reported,
      });
    }
  const runOf = (options: AttackOptions): AttackRun => {
    const run = runs.get(keyOf(options));
    if (!run) throw new RangeError(`the attack ${options.name} has no run`);
    return run;
  };
  const asked = meanings.map(({ norm: _, stages, ...meaning }) => ({
    ...meaning,
    stages: stages.map((stage) => ({ ...stage, run: runOf(stage.options) })),
  }));
  return { asked, attackRuns: [...runs.values()], norm };
}

function meaningOf(name: string, epsilon: number, { attackTable, suites, classes }: PlanSettings): Meaning {
  const suite = suiteNamed(name, epsilon, suites, attackTable);
  if (!suite) {
    const others = suiteFormsOf(suites ?? attackSuites).map(({ form }) => form);
    const options = namedAttack(name, epsilon, attackTable, others);
    return { name, isSuite: false, norm: options.norm, stages: [{ stage: name, options }], leftOut: [] };
  }
  const { stages, leftOut } =
    classes === undefined
      ? { stages: suite.stages, leftOut: [] }
      : stagesForClasses(name, suite, classes, attackTable);
  return { name, isSuite: true, norm: suite.norm, stages, leftOut };
}
