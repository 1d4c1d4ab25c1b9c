/**
 * Sanity checks that compare attacks with one another: longer with shorter, many steps with one, gradients with queries. They choose
 * attacks by what they are (what they ask of the model, steps, norm), never by name.
 */
import type { AttackRun } from './attack-plan.ts';
import { countOf, type Flags } from './cell.ts';
import { type Checked, many, type SanityCheck } from './check.ts';

/** An attack that was asked for, and how many examples it leaves right. */
interface ComparedAttack {
  readonly name: string;
  readonly steps: number;
  readonly run: AttackRun;
  readonly left: number;
  readonly flags: Flags;
}

const attacksOf = ({ attackRuns, robust }: Checked): ComparedAttack[] =>
  attackRuns.flatMap(({ attackRun }) =>
    attackRun.reported.map(({ name, steps }) => ({
      name,
      steps,
      run: attackRun,
      left: countOf(robust[name]),
      flags: robust[name],
    })),
  );

/** The attack that leaves the fewest right. */
const strongest = (attacks: readonly ComparedAttack[]): ComparedAttack | undefined =>
  attacks.toSorted((a, b) => a.left - b.left)[0];

const followsGradients = ({ run }: ComparedAttack) => run.asks === 'gradients';
const inSameBall = (a: ComparedAttack) => (b: ComparedAttack) =>
  a.run.options.norm === b.run.options.norm && a.run.options.epsilon === b.run.options.epsilon;

/** Equal in everything but steps. */
const differInSteps = (a: ComparedAttack, b: ComparedAttack) => {
  const without = ({ run: { options } }: ComparedAttack) =>
    JSON.stringify(Object.entries({ ...options, steps: 0 }).sort(([x], [y]) => (x < y ? -1 : 1)));
  return a.run !== b.run && a.steps < b.steps && without(a) === without(b);
};

/** Of a suite, the examples that a stage by logits alone broke after a stage of many gradient steps had left them right. */
function brokenByQueries({ asked, brokenBy }: Checked): { name: string; stages: string[]; broken: number }[] {
  return asked
    .filter(({ isSuite }) => isSuite)
    .map(({ name, stages }) => {
      const gradient = stages.findIndex(({ run, options }) => run.asks === 'gradients' && options.steps > 1);
      const queries = stages.flatMap(({ run }, at) =>
        run.asks === 'logits' && gradient !== -1 && at > gradient ? [at + 1] : [],
      );
      const broken = brokenBy[name]?.filter((stage) => queries.includes(stage)).length ?? 0;
      return { name, stages: queries.map((place) => stages[place - 1].stage), broken };
    });
}

const manyGradientSteps = (attacks: readonly ComparedAttack[]) =>
  attacks.filter(followsGradients).filter(({ steps }) => steps > 1);

export const comparisonChecks = [
  {
    name: 'not-converged',
    failsWhen:
      'the longest of attacks that differ in steps alone breaks more than 2 % of the examples (and more than one) that one of at least half its steps leaves right',
    find: ({ attackRuns, robust }) =>
      attackRuns.flatMap(({ attackRun: { reported } }) => {
        const longest = reported.at(-1);
        const half = reported.findLast(
          ({ steps }) => longest && steps < longest.steps && 2 * steps >= longest.steps,
        );
        if (!longest || !half) return [];
        const before = countOf(robust[half.name]);
        const more = before - countOf(robust[longest.name]);
        return many(more, 0.02, before)
          ? [
              `${longest.name} breaks ${more} of the ${before} examples that ${half.name} leaves right, so that more steps would break more: run it with ${2 * longest.steps}`,
            ]
          : [];
      }),
  },
  {
    name: 'more-steps-weaker',
    failsWhen:
      'an attack leaves more examples right than the same attack with fewer steps in a run of its own, by more than 1 % of all (and more than one)',
    // Attacks that share a run cannot: what few steps break stays broken.
    find(checked) {
      const attacks = attacksOf(checked);
      return attacks.flatMap((short) =>
        attacks
          .filter((long) => differInSteps(short, long))
          .filter((long) => many(long.left - short.left, 0.01, checked.clean.length))
          .map(
            (long) =>
              `${long.name} leaves ${long.left - short.left} examples more right than ${short.name} with fewer steps, so neither has found what there is: run both with restarts (-x5) and take the worst for each example`,
          ),
      );
    },
  },
  {
    name: 'one-step-above-many',
    failsWhen:
      'an attack of one gradient step breaks more examples than one of many gradient steps in the same ball, by more than 1 % of all (and more than one)',
    find: (checked) => {
      const gradient = attacksOf(checked).filter(followsGradients);
      const longest = gradient.filter(({ name, steps, run }) => steps > 1 && name === run.name);
      return gradient
        .filter(({ steps }) => steps === 1)
        .flatMap((single) =>
          longest
            .filter(inSameBall(single))
            .filter(({ left }) => many(left - single.left, 0.01, checked.clean.length))
            .map(
              ({ name, left }) =>
                `${single.name} breaks ${left - single.left} examples more than ${name}, with a single step, so the gradients mislead: run margin-20 and square-1000`,
            ),
        );
    },
  },
  {
    name: 'query-above-gradient',
    failsWhen:
      'an attack by logits alone breaks more examples than the best of many gradient steps in the same ball, or in a suite what these left right, by more than 0.2 % of all (and more than one)',
    find(checked) {
      const attacks = attacksOf(checked);
      const blind = strongest(attacks.filter((each) => !followsGradients(each)));
      const seeing = blind && strongest(manyGradientSteps(attacks).filter(inSameBall(blind)));
      const all = checked.clean.length;
      const alone =
        blind && seeing && many(seeing.left - blind.left, 0.002, all)
          ? [
              `${blind.name} breaks ${seeing.left - blind.left} examples more than ${seeing.name}, without any gradient, so the gradients mislead: run margin-100, and square-5000 for the number to report`,
            ]
          : [];
      const inSuites = brokenByQueries(checked)
        .filter(({ broken }) => many(broken, 0.002, all))
        .map(
          ({ name, stages, broken }) =>
            `${name}: ${stages.join(', ')} broke ${broken} examples that attacks along gradients had left right, so the gradients mislead: run margin-100, and more queries for the number to report`,
        );
      return [...alone, ...inSuites];
    },
  },
  {
    name: 'query-beyond-gradient',
    failsWhen:
      'an attack by logits alone breaks more than 1 % of the examples (and more than one) that every attack of many gradient steps in the same ball leaves right, where query-above-gradient is silent',
    find(checked) {
      const attacks = attacksOf(checked);
      return attacks
        .filter((each) => !followsGradients(each))
        .flatMap((blind) => {
          const seeing = manyGradientSteps(attacks).filter(inSameBall(blind));
          const best = strongest(seeing);
          if (!best || many(best.left - blind.left, 0.002, checked.clean.length)) return [];
          const standing = checked.clean.map((_, at) =>
            seeing.every(({ flags }) => flags[at] === 1) ? 1 : 0,
          );
          const broken = countOf(standing.map((flag, at) => (flag === 1 && blind.flags[at] === 0 ? 1 : 0)));
          return many(broken, 0.01, countOf(standing))
            ? [
                `${blind.name} breaks ${broken} of the ${countOf(standing)} examples that every attack along gradients leaves right, without any gradient, so the gradients mislead there: run margin-100-x5 and count an example as robust where all attacks leave it`,
              ]
            : [];
        });
    },
  },
] as const satisfies readonly SanityCheck[];
