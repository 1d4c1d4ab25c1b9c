/**
 * The runs of a plan, several at a time, each performed by whoever is given: in this process, or in one of its own
 * (child-process.ts). A run that fails is reported, and the others go on.
 */

import type { Plan, PlannedRun } from '../plan.ts';
import { costOf } from '../plan-costs.ts';
import { type ResultsPlace, type RunResults, runFileWriter } from '../results/run-results.ts';
import type { ScaleName } from '../scales.ts';
import { type OnWork, stateOf } from './perform-run.ts';

export interface Reproduction extends ResultsPlace {
  readonly scaleName: ScaleName;
  readonly plan: Plan;
}

/** What the owner of a reproduction hears of it. Costs are image passes of the whole plan. */
export interface ReproductionListener {
  /** `behind` was there before; `total` is all. */
  onStart?(behind: number, total: number, runsDone: number): void;
  onWork?(done: number, total: number, doing: string): void;
  onRun?(run: PlannedRun, results: RunResults, seconds: number): void;
  onFailure?(run: PlannedRun, error: Error): void;
}

export type PerformPlanned = (run: PlannedRun, onWork: OnWork) => Promise<'done' | 'interrupted'>;

/** Perform what is left of a plan, at most `jobs` runs at once. */
export async function performPlan(
  reproduction: Reproduction,
  {
    jobs,
    signal,
    perform,
  }: { readonly jobs: number; readonly signal: AbortSignal; readonly perform: PerformPlanned },
  listener: ReproductionListener = {},
): Promise<void> {
  const { plan } = reproduction;
  const writeFile = runFileWriter(reproduction);
  const total = plan.runs.reduce((sum, run) => sum + costOf(run), 0);
  const states = [];
  for (const run of plan.runs) states.push({ run, ...(await stateOf(run, reproduction, writeFile)) });
  const left = states.filter(({ done }) => !done).map(({ run }) => run);
  const behind = new Map(states.map(({ run, behind }) => [run.name, behind]));
  const sum = () => [...behind.values()].reduce((total, cost) => total + cost, 0);
  listener.onStart?.(sum(), total, states.length - left.length);
  await runPool({
    items: left,
    jobs,
    signal,
    async perform(run) {
      const began = performance.now();
      const how = await perform(run, (done, doing) => {
        behind.set(run.name, Math.max(done, behind.get(run.name) ?? 0));
        listener.onWork?.(sum(), total, `${run.name}: ${doing}`);
      });
      if (how === 'done') {
        behind.set(run.name, costOf(run));
        const seconds = (performance.now() - began) / 1000;
        const { results } = await stateOf(run, reproduction, writeFile);
        if (results) listener.onRun?.(run, results, seconds);
      }
    },
    onFailure(run, error) {
      if (!(error instanceof Error)) throw error;
      listener.onFailure?.(run, error);
    },
  });
}

export interface Pool<Item> {
  readonly items: readonly Item[];
  /** At most so many at once. */
  readonly jobs: number;
  readonly perform: (item: Item) => Promise<void>;
  /** A failure ends that item alone, unless this throws. */
  readonly onFailure: (item: Item, error: unknown) => void;
  readonly signal: AbortSignal;
}

/** Ends when all items are done, have failed, or were interrupted; no item begins after the signal. */
export async function runPool<Item>({ items, jobs, perform, onFailure, signal }: Pool<Item>): Promise<void> {
  const waiting = [...items];
  let fatal: unknown;
  const worker = async () => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) {
      if (signal.aborted) return;
      try {
        await perform(item);
      } catch (error) {
        try {
          onFailure(item, error);
        } catch (worse) {
          fatal ??= worse;
          waiting.length = 0;
        }
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(jobs, items.length) }, worker));
  if (fatal !== undefined) throw fatal;
}
