/** What runs have found, variant by variant, as the document of a reproduction lists it beside its verdicts. Nothing is decided here. */
import { readFlags } from '../../evaluation/index.ts';
import { cellLabel, sameCell } from '../../nn/index.ts';
import { evaluationCells, regimeNamed } from '../../training/index.ts';
import { worstCase } from '../results/outcomes.ts';
import { analysisOf, evaluationOf, type RunResults } from '../results/run-results.ts';
import type { Stage } from '../scales.ts';
import type { ReproductionDocument } from './document.ts';
import { overSeeds, overSeedsOf } from './estimate.ts';

/** Runs of a variant at an epsilon, on seeds of one stage. */
export interface Group {
  readonly stage: Stage;
  readonly epsilon: string;
  readonly variant: string;
  readonly found: readonly RunResults[];
}

type Rows<Key extends 'accuracies' | 'reestimated' | 'gaps'> = ReproductionDocument[Key];

export function accuraciesOf({ found, ...group }: Group): Rows<'accuracies'> {
  const [first] = found;
  if (!first) return [];
  const cells = evaluationCells(regimeNamed(first.run.regime));
  return (['clean', 'robust'] as const).flatMap((task) => {
    const cell = cells[task];
    const rows = found.flatMap(
      (results) =>
        evaluationOf(results, group.epsilon)?.outcomes.grid.find((row) => sameCell(row, cell)) ?? [],
    );
    if (rows.length === 0) return [];
    const attacks = Object.keys(rows[0].robust);
    return [
      {
        ...group,
        task,
        cell: cellLabel(cell),
        clean: overSeeds(rows.map((row) => readFlags(row.clean))),
        robust: overSeeds(rows.map((row) => worstCase(row.robust))),
        byAttack: Object.fromEntries(
          attacks.map((attack) => [attack, overSeeds(rows.map((row) => readFlags(row.robust[attack])))]),
        ),
      },
    ];
  });
}

export function reestimatedOf({ found, ...group }: Group): Rows<'reestimated'> {
  const documents = found.flatMap((results) => analysisOf(results, 'reestimate', group.epsilon) ?? []);
  return (documents[0]?.result.reestimated ?? []).map(({ source, affine }) => {
    const rows = documents.flatMap(
      ({ result }) => result.reestimated.find((row) => row.source === source && row.affine === affine) ?? [],
    );
    const clean = overSeeds(rows.map(({ outcomes }) => readFlags(outcomes.clean)));
    const robust = overSeeds(rows.map(({ outcomes }) => worstCase(outcomes.robust)));
    return { ...group, source, affine, clean, robust };
  });
}

export function gapsOf({ found, ...group }: Group): Rows<'gaps'> {
  const documents = found.flatMap((results) => analysisOf(results, 'gap', group.epsilon) ?? []);
  return (documents[0]?.result.branches ?? []).flatMap(({ affine, distances }) =>
    distances.map(({ pair, statistic }) => {
      const found = documents.flatMap(
        ({ result }) =>
          result.branches
            .find((branch) => branch.affine === affine)
            ?.distances.find((row) => row.pair === pair && row.statistic === statistic)?.average ?? [],
      );
      const unbiased = found.flatMap((average) => average.unbiased?.value ?? []);
      return {
        ...{ ...group, affine, pair, statistic },
        wasserstein: overSeedsOf(found.map((average) => average.wasserstein.value)),
        scaled: overSeedsOf(found.map((average) => average.scaled.value)),
        ...(unbiased.length === found.length ? { unbiased: overSeedsOf(unbiased) } : {}),
      };
    }),
  );
}
