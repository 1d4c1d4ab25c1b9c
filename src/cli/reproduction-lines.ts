/** What a reproduction says on its way: a line when it starts, and one for every run that is done. */

import { sameCell } from '../nn/index.ts';
import type { PlannedRun, Reproduction, RunResults } from '../reproduction/index.ts';
import { evaluationCells, regimeNamed } from '../training/index.ts';
import { formatDuration } from './units.ts';

export function reproductionLines({ plan: { runs, dataset }, scale, scaleName }: Reproduction) {
  let done = 0;
  return {
    start(before: number): string {
      done = before;
      const there = before > 0 ? `, ${before} of them there already` : '';
      return `reproduce ${scaleName} on ${dataset}: ${runs.length} runs${there}`;
    },
    /** [3/27] dual-bn-8-255-seed-0 (9:12): clean branch 63.4 / 3.1, robust branch 48.2 / 26.8 (clean / pgd-10, %) */
    run(run: PlannedRun, { measured }: RunResults, seconds: number): string {
      done += 1;
      const cells = evaluationCells(regimeNamed(run.regime));
      const evaluations = measured.flatMap(({ document }) =>
        document.document === 'evaluation' ? [document] : [],
      );
      const shown = evaluations.map(({ grid }) =>
        (['clean', 'robust'] as const)
          .flatMap((task) => {
            const found = grid.find((each) => sameCell(each, cells[task]));
            const robust = found?.robust[scale.attack];
            return found && robust !== undefined
              ? [`${task} branch ${percent(found.clean)} / ${percent(robust)}`]
              : [];
          })
          .join(', '),
      );
      const what = shown.length > 0 ? `: ${shown.join('; ')} (clean / ${scale.attack}, %)` : '';
      return `[${done}/${runs.length}] ${run.name} (${formatDuration(seconds)})${what}`;
    },
  };
}

const percent = (fraction: number) => (100 * fraction).toFixed(1);
