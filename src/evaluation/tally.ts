/**
 * How far the evaluation of a cell is: images done of those that will be attacked, as far as is known, and the same in work, which is
 * how often the network is asked. Later stages of a suite see no more than stands now, so the total falls as attacks succeed, and
 * nothing that is done is ever taken back.
 */
import { type AttackTable, definitionOf, type SearchContext } from '../attacks/index.ts';
import type { AttackPlan, AttackRun, PlannedStage } from './attack-plan.ts';

export interface Amount {
  /** Each image counts once as it is, and once an attack run that it is given to. */
  readonly images: number;
  readonly work: number;
}

/** A gradient costs about as much as three forward passes. */
const gradientCost = 3;

/** What an example costs an attack run at the most, in forward passes. */
export function workOf({ options }: AttackRun, context: SearchContext, attackTable?: AttackTable): number {
  const search = definitionOf(options.name, attackTable).search(options, context);
  const { step, walks = options.restarts, passes, minimalNorm } = search;
  // A search for the nearest looks at two images a step.
  const asks = (passes?.count ?? 1) * (minimalNorm ? 2 : 1);
  return walks * (options.steps + 1) * asks * (step ? gradientCost : 1);
}

export interface Tally {
  readonly done: Amount;
  readonly total: Amount;
  /** Images were classified as they are. */
  readonly classified: (done: number) => void;
  /** That is done, and so many are right. */
  readonly attacking: (right: number) => void;
  /** A run has found all of some examples, of which so many were not known to it before. */
  readonly found: (run: AttackRun, done: number) => void;
  /** A stage of an attack that was asked for begins, with so many standing. */
  readonly stage: (asked: number, stage: number, standing: number) => void;
}

export function tallyOf(
  { asked, attackRuns }: Pick<AttackPlan, 'asked' | 'attackRuns'>,
  count: number,
  work: (run: AttackRun) => number,
): Tally {
  let [clean, right] = [0, count];
  const costs = new Map(attackRuns.map((run) => [run, work(run)]));
  const done = new Map(attackRuns.map((run) => [run, 0]));
  const most = new Map(attackRuns.map((run) => [run, count]));
  const amountOf = (images: number, of: ReadonlyMap<AttackRun, number>): Amount =>
    [...of].reduce(
      (sum, [run, each]) => ({ images: sum.images + each, work: sum.work + each * (costs.get(run) ?? 0) }),
      { images, work: images },
    );
  const uses = (stages: readonly PlannedStage[], run: AttackRun) => stages.some((each) => each.run === run);
  return {
    get done() {
      return amountOf(clean, done);
    },
    get total() {
      return amountOf(count, most);
    },
    classified: (images) => {
      clean = images;
    },
    attacking: (images) => {
      right = images;
      for (const run of attackRuns) most.set(run, right);
    },
    found: (run, images) => {
      done.set(run, images);
    },
    stage: (now, at, standing) => {
      for (const run of attackRuns) {
        const later = asked.slice(now + 1).some(({ stages }) => uses(stages, run));
        const here = uses(asked[now].stages.slice(at), run);
        most.set(run, Math.max(done.get(run) ?? 0, later ? right : here ? standing : 0));
      }
    },
  };
}
