/**
 * Sanity checks of what probes found: that the network answers the same twice and gives logits (the checks of AutoAttack, Croce & Hein
 * 2020), and that attacks do what they must wherever gradients lead (Carlini et al. 2019, arXiv 1902.06705).
 */
import { type Checked, many, type SanityCheck } from './check.ts';
import type { AttackProbe } from './probes.ts';

/** Of AutoAttack's checks. */
const sameAnswer = 1e-4;

const probeOf = ({ probes }: Checked, kind: AttackProbe['kind']) =>
  probes.attacks.find((probe) => probe.kind === kind);

/** Whether all attacks along gradients average them over several passes, as is meant for networks that answer at random. */
const averages = ({ attackRuns }: Checked) => {
  const gradient = attackRuns.filter(({ attackRun }) => attackRun.asks === 'gradients');
  const passesOf = (options: object) => ('eot' in options ? Number(options.eot) : 1);
  return gradient.length > 0 && gradient.every(({ attackRun }) => passesOf(attackRun.options) > 1);
};

const epsilonText = ({ epsilon }: AttackProbe) => Number(epsilon.toPrecision(4));

export const probeChecks = [
  {
    name: 'random-answers',
    failsWhen:
      'in 5 passes over the same clean images the number classified right differs, or logits (at unit length) by more than 1e-4, and an attack along gradients does not average',
    find(checked) {
      const { examples, right, difference } = checked.probes.output;
      if (new Set(right).size === 1 && difference <= sameAnswer) return [];
      if (averages(checked)) return [];
      return [
        `the network answers at random: of the same ${examples} clean images it classified ${right.join(', ')} right in ${right.length} passes, and logits at unit length differ by ${difference.toPrecision(2)}; an attack that looks once is misled: run aa-rand, which averages gradients over 20 passes`,
      ];
    },
  },
  {
    name: 'probabilities',
    failsWhen: 'the outputs are probabilities: all from 0 to 1, and 1 in sum',
    // Where one is nearly 1, float32 has lost what the others were: gradients vanish, and margins are all the same.
    find: ({ probes: { output } }) =>
      output.kind === 'probabilities'
        ? [
            `the outputs for ${output.examples} clean images look like probabilities, not logits, and losses of them have gradients that vanish; take the softmax out of the network and run the evaluation again`,
          ]
        : [],
  },
  {
    name: 'log-probabilities',
    failsWhen: 'the outputs are log-probabilities: none above 0, and 1 in the sum of their exponentials',
    find: ({ probes: { output } }) =>
      output.kind === 'log-probabilities'
        ? [
            `the outputs for ${output.examples} clean images look like log-probabilities, not logits; differences of them are those of logits but for rounding, so only a network that is very sure is affected: to be safe take the log-softmax out and run the evaluation again`,
          ]
        : [],
  },
  {
    name: 'any-image-left',
    failsWhen: 'PGD-10 leaves an image right where it may turn it into any other',
    find(checked) {
      const probe = probeOf(checked, 'any-image');
      return probe && probe.left > 0
        ? [
            `${probe.attack} leaves ${probe.left} of ${probe.examples} images right at epsilon ${epsilonText(probe)}, which allows any image, so the gradients mislead or vanish: run margin-100 and square-5000`,
          ]
        : [];
    },
  },
  {
    name: 'larger-epsilon-weaker',
    failsWhen: 'PGD-10 leaves more images right at twice epsilon than at half of it, by more than one',
    find(checked) {
      const [small, large] = [probeOf(checked, 'half-epsilon'), probeOf(checked, 'double-epsilon')];
      return small && large && large.left > small.left + 1
        ? [
            `${small.attack} leaves ${large.left} of ${large.examples} images right at epsilon ${epsilonText(large)}, and ${small.left} at ${epsilonText(small)}, so the gradients mislead: run margin-100-x5 and square-5000`,
          ]
        : [];
    },
  },
  {
    name: 'noise-beyond-gradient',
    failsWhen:
      'one point of noise breaks more than 1 % of the images (and more than one) that the attacks of many gradient steps leave right',
    find(checked) {
      const probe = probeOf(checked, 'noise');
      const broken = probe ? probe.examples - probe.left : 0;
      return probe && many(broken, 0.01, probe.examples)
        ? [
            `noise breaks ${broken} of the ${probe.examples} images that attacks along gradients leave right, so the gradients mislead: run square-5000, and these attacks with restarts (-x5)`,
          ]
        : [];
    },
  },
] as const satisfies readonly SanityCheck[];
