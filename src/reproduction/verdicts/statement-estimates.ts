/** From run files to the estimate of a statement, whatever its kind. Decides nothing. */
import { fiellerShare, pAbove } from '../../statistics/index.ts';
import { level } from '../hypotheses/margins.ts';
import type { Statement, Terms } from '../hypotheses/statements.ts';
import { outcomesOf } from '../results/outcomes.ts';
import { frontEstimate } from './front-estimate.ts';
import { alarmText, type Estimated, estimated, layoutOf, reasoned, type Setting } from './layout.ts';
import { numberEstimate } from './number-estimate.ts';

export function estimateOf({ value, range }: Statement, setting: Setting): Estimated {
  switch (value.kind) {
    case 'contrast':
      return contrastEstimate(value.terms, setting);
    case 'share':
      return shareEstimate(
        value.part,
        value.whole,
        Number.isFinite(range.from) ? range.from : range.to,
        setting,
      );
    case 'front':
      return frontEstimate(value.variant, value.task, value.front, setting);
    case 'number':
      return numberEstimate(value.number, value.scale, setting);
  }
}

function contrastEstimate(terms: Terms, setting: Setting): Estimated {
  const { differences, sides, runs, alarms, undecidable } = layoutOf(terms, setting);
  if (differences.length === 0) return { sides, runs };
  const estimate = estimated(differences, terms);
  return { estimate, sides, runs, ...reasoned(alarmText(alarms) ?? undecidable) };
}

/** Decided on part - share * whole, which is above nothing where the part has more than that share of a positive whole. */
function shareEstimate(part: Terms, whole: Terms, share: number, setting: Setting): Estimated {
  const both = layoutOf([...part, ...whole], setting);
  if (both.differences.length === 0) return { sides: both.sides, runs: both.runs };
  // Both layouts are of the same seeds: those that have all of it.
  const complete = {
    ...setting,
    seeds: setting.seeds.filter((seed) =>
      [...part, ...whole].every(([, quantity]) => {
        const results = setting.find(quantity.variant, seed);
        return results !== undefined && outcomesOf(results, quantity, setting.epsilon) !== undefined;
      }),
    ),
  };
  const [ofPart, ofWhole] = [layoutOf(part, complete), layoutOf(whole, complete)];
  const remainder = ofPart.differences.map((row, seed) =>
    row.map((each, example) => each - share * ofWhole.differences[seed][example]),
  );
  const effect = pAbove(estimated(ofWhole.differences, whole), 0);
  const none =
    effect < level
      ? undefined
      : `there is no effect to take a share of: the whole is not shown to be above nothing (p ${effect.toFixed(3)})`;
  return {
    estimate: estimated(remainder, [...part, ...whole]),
    shown: fiellerShare(ofPart.differences, ofWhole.differences),
    sides: both.sides,
    runs: both.runs,
    ...reasoned(alarmText(both.alarms) ?? both.undecidable ?? none),
  };
}
