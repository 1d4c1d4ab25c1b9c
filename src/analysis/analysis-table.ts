/** All analyses, in the order in which reports show them. A further one is a folder with its definition, and a line here. */
import { affineAnalysis } from './affine/index.ts';
import { channelsAnalysis } from './channels/index.ts';
import { curveAnalysis } from './curve/index.ts';
import type { AnyAnalysis, DocumentOf } from './definition.ts';
import { displaceAnalysis } from './displace/index.ts';
import { exchangeAnalysis } from './exchange/index.ts';
import { gapAnalysis } from './gap/index.ts';
import { gaugeAnalysis } from './gauge/index.ts';
import { interpolateAnalysis } from './interpolate/index.ts';
import { nsErrorAnalysis } from './ns-error/index.ts';
import { reestimateAnalysis } from './reestimate/index.ts';
import { shiftAnalysis } from './shift/index.ts';
import { transferAnalysis } from './transfer/index.ts';

export const analyses = [
  reestimateAnalysis,
  interpolateAnalysis,
  curveAnalysis,
  transferAnalysis,
  gapAnalysis,
  affineAnalysis,
  exchangeAnalysis,
  channelsAnalysis,
  nsErrorAnalysis,
  gaugeAnalysis,
  shiftAnalysis,
  displaceAnalysis,
] as const satisfies readonly AnyAnalysis[];

type Analysis = (typeof analyses)[number];
export type AnalysisName = Analysis['name'];
type Documents<Each extends AnyAnalysis> = Each extends AnyAnalysis ? DocumentOf<Each> : never;
/** The document of an analysis of the table, by its name; without one, of any of them. */
export type AnalysisDocument<Name extends AnalysisName = AnalysisName> = Documents<
  Extract<Analysis, { readonly name: Name }>
>;

/** The definition of a name. */
export function analysisNamed(
  name: string,
  definitions: readonly AnyAnalysis[] = analyses,
): AnyAnalysis | undefined {
  return definitions.find((definition) => definition.name === name);
}
