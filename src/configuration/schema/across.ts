/** What no section of a configuration can know alone; asked once every section is sound. */

import { namedAttack } from '../../attacks/index.ts';
import type { Problem } from '../../errors.ts';
import { schedules } from '../../training/index.ts';
import type { Configuration } from './index.ts';
import { regimeOf } from './regime.ts';

/** The problems between sections. */
export function acrossSections(configuration: Configuration): Problem[] {
  return [
    ...testBound(configuration),
    ...scheduleLength(configuration),
    ...selection(configuration),
    ...trainedInit(configuration),
    ...perturbedEpochs(configuration),
  ];
}

function perturbedEpochs({ regime: { awp }, epochs }: Configuration): Problem[] {
  if (!awp || awp.fromEpoch < epochs) return [];
  const what = `expected less than epochs (${epochs}), found ${awp.fromEpoch}`;
  return [{ where: 'regime.awp.fromEpoch', what }];
}

function trainedInit({ regime, init }: Configuration): Problem[] {
  if (init || !regimeOf(regime).init) return [];
  const what = `expected the directory of a run, because ${regime.name} begins from a trained network, found nothing`;
  return [{ where: 'init.run', what }];
}

// One bound serves attacks of one norm, and an L2 bound says nothing about L-infinity.
function testBound({ attack, validation, evaluation }: Configuration): Problem[] {
  const { epsilon } = evaluation;
  const normOf = (name: string) => namedAttack(name, epsilon.value).norm;
  const [first, ...others] = [...evaluation.attacks, validation.attack];
  const norm = normOf(first);
  const other = others.find((name) => normOf(name) !== norm);
  if (other !== undefined) {
    const what = `expected attacks of one norm, because they share evaluation.epsilon, found ${first} and ${other}`;
    return [{ where: evaluation.attacks.includes(other) ? 'evaluation.attacks' : 'validation.attack', what }];
  }
  if (norm === 'linf' && epsilon.value > 1) {
    return [{ where: 'evaluation.epsilon', what: `expected at most 1 for ${first}, found ${epsilon.text}` }];
  }
  if (norm === attack.norm || epsilon.text !== attack.epsilon.text) return [];
  const what = `expected a bound for ${first} (${norm}), found attack.epsilon, which is one in ${attack.norm}`;
  return [{ where: 'evaluation.epsilon', what }];
}

function scheduleLength({ schedule, epochs }: Configuration): Problem[] {
  return schedules[schedule.kind].withinEpochs.flatMap((key) => {
    const value = Number(Object.entries(schedule).find(([name]) => name === key)?.[1]);
    if (value < epochs) return [];
    return [{ where: `schedule.${key}`, what: `expected less than epochs (${epochs}), found ${value}` }];
  });
}

function selection({ data, checkpoint }: Configuration): Problem[] {
  if (data.validationExamples > 0 || checkpoint.best === 'none') return [];
  const what = `expected none, because there are no validation images to choose by, found '${checkpoint.best}'`;
  return [{ where: 'checkpoint.best', what }];
}
