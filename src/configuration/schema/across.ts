/** What no section of a configuration can know alone; asked once every section is sound. */

import { namedAttack } from '../../attacks/index.ts';
import type { Problem } from '../../errors.ts';
import { attacksOf } from '../../training/index.ts';
import type { Configuration } from './index.ts';
import { regimeOf } from './regime.ts';

/** The problems between sections. */
export function acrossSections(configuration: Configuration): Problem[] {
  return [
    ...testBound(configuration),
    ...scheduleLength(configuration),
    ...selection(configuration),
    ...trainedStart(configuration),
    ...perturbedEpochs(configuration),
    ...attackLoss(configuration),
  ];
}

function perturbedEpochs({ regime: { awp }, epochs }: Configuration): Problem[] {
  if (!awp || awp.fromEpoch < epochs) return [];
  const what = `expected less than epochs (${epochs}), found ${awp.fromEpoch}`;
  return [{ where: 'regime.awp.fromEpoch', what }];
}

// What no attack climbs would be a setting without effect.
function attackLoss({ regime, attack }: Configuration): Problem[] {
  const climbed = attacksOf(regimeOf(regime)).map(([, { loss = attack.loss }]) => loss);
  if (attack.loss === 'ce' || climbed.length === 0 || climbed.includes(attack.loss)) return [];
  const what = `expected ce (or ${climbed[0]}), because the attack of ${regime.name} climbs ${climbed[0]} by its row, found ${attack.loss}`;
  return [{ where: 'attack.loss', what }];
}

function trainedStart({ regime, start }: Configuration): Problem[] {
  if (start || !regimeOf(regime).start) return [];
  const what = `expected the directory of a run, because ${regime.name} starts from a trained network, found nothing`;
  return [{ where: 'start.run', what }];
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
  const check = (key: string, value: number) =>
    value < epochs
      ? []
      : [{ where: `schedule.${key}`, what: `expected less than epochs (${epochs}), found ${value}` }];
  switch (schedule.kind) {
    case 'piecewise':
      return [];
    case 'cosine':
      return check('warmup', schedule.warmup);
    case 'cyclic':
      return check('peak', schedule.peak);
  }
}

function selection({ data, checkpoint }: Configuration): Problem[] {
  if (data.validationExamples > 0 || checkpoint.best === 'none') return [];
  const what = `expected none, because there are no validation images to choose by, found '${checkpoint.best}'`;
  return [{ where: 'checkpoint.best', what }];
}
