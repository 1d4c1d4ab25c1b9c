/**
 * How far several evaluations of the same request are, of other examples each, as if they were one: amounts are added, and a stage is
 * finished when all of them have finished it. What is under way is said of the one that is least far.
 */
import type { FinishedStage, GridProgress } from '../evaluation/index.ts';
import { cellLabel } from '../nn/index.ts';

export interface CombinedProgress {
  onProgress(of: number, progress: GridProgress): void;
  onStage(of: number, finished: FinishedStage): void;
}

export interface CombinedListener {
  readonly onProgress?: ((progress: GridProgress) => void) | undefined;
  readonly onStage?: ((finished: FinishedStage) => void) | undefined;
}

/** Of `count` evaluations, numbered from 0. */
export function combinedProgress(count: number, { onProgress, onStage }: CombinedListener): CombinedProgress {
  const latest = new Map<number, GridProgress>();
  const stages = new Map<string, Map<number, FinishedStage>>();
  return {
    onProgress(of, progress) {
      latest.set(of, progress);
      const all = [...latest.values()];
      const sum = (amount: (each: GridProgress) => number) =>
        all.reduce((total, each) => total + amount(each), 0);
      const share = ({ work }: GridProgress) => work.done / work.total;
      const {
        done: _,
        total: __,
        work: ___,
        ...under
      } = all.reduce((least, each) => (share(each) < share(least) ? each : least));
      onProgress?.({
        ...{ done: sum(({ done }) => done), total: sum(({ total }) => total) },
        work: { done: sum(({ work }) => work.done), total: sum(({ work }) => work.total) },
        ...under,
      });
    },
    onStage(of, finished) {
      const name = [cellLabel(finished.cell), finished.attack, finished.place].join(': ');
      const ended = stages.get(name) ?? new Map<number, FinishedStage>();
      stages.set(name, ended.set(of, finished));
      if (ended.size < count) return;
      const all = [...ended.values()];
      const sum = (amount: (each: FinishedStage) => number) =>
        all.reduce((total, each) => total + amount(each), 0);
      onStage?.({
        ...finished,
        attacked: sum(({ attacked }) => attacked),
        left: sum(({ left }) => left),
        count: sum(({ count }) => count),
      });
    },
  };
}
