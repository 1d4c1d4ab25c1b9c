/** The section that says which regime is trained: a built-in one by name, or one of the user's own. */
import { z } from 'zod';
import {
  type LossWeight,
  type Regime,
  regimeNamed,
  regimeNames,
  regimeProblems,
  withNoise,
} from '../../training/index.ts';
import { boundOf, definitionSchema, ownEpsilon, regimeOfDefinition } from './regime-definition.ts';
import type { DeepReadonly } from './values.ts';
import { fraction } from './values.ts';

const defaultAlpha = 0.5;

const fields = z.strictObject({
  name: z
    .string()
    .default('dual-bn')
    .describe(
      'The regime: which samples share statistics (NS), affine parameters (AP), and the loss. Or a name of your own for' +
        ' `regime.definition`.',
    )
    .meta({ values: regimeNames.map((name) => `"${name}"`).join(', ') }),
  alpha: fraction
    .default(defaultAlpha)
    .describe('The weight of the clean loss in hybrid regimes: alpha CE(clean) + (1 - alpha) CE(adv).'),
  beta: z
    .number()
    .min(0)
    .exactOptional()
    .describe(
      "The weight of the divergence between clean and adversarial outcomes, in TRADES' and MART's regimes.",
    )
    .meta({ otherwise: "the regime's own: 6, MART's 5" }),
  clamp: z
    .number()
    .min(0)
    .exactOptional()
    .describe('In `dual-bn-clamped`, r: AP_clean stay within gamma in [1 - r, 1 + r] and beta in [-r, r].')
    .meta({ otherwise: "the regime's own: 0.1" }),
  noise: ownEpsilon
    .optional()
    .describe(
      'In regimes with noisy images: the noise is uniform within this, a bound of its own or a multiple of attack.epsilon.',
    )
    .meta({
      values: '"8/255", a number, or { times: a number }',
      otherwise: "the regime's own: { times: 4 }",
    }),
  awp: z
    .strictObject({
      gamma: z
        .number()
        .positive()
        .default(0.005)
        .describe(
          'Adversarial weight perturbation on top of any regime, where `regime.awp` is given (`{}` will do): its size relative' +
            ' to the weights, tensor by tensor.',
        ),
      fromEpoch: z.int().min(0).default(0).describe('The first epoch with it, counted from 0.'),
    })
    .exactOptional()
    .describe(
      'Adversarial weight perturbation (Wu et al. 2020) on top of the regime; without the key there is none.',
    ),
  definition: definitionSchema.exactOptional().describe('A regime of your own in place of a built-in one.'),
});

export const regimeSchema = fields.check((context) => {
  const { name, definition, alpha, beta, clamp, noise } = context.value;
  const refuse = (path: readonly string[], message: string) =>
    context.issues.push({ code: 'custom', path: [...path], message, input: context.value });
  const isBuiltIn = regimeNames.some((known) => known === name);
  if (!definition && !isBuiltIn) {
    context.issues.push({ code: 'invalid_value', values: [...regimeNames], path: ['name'], input: name });
    return;
  }
  if (definition && isBuiltIn)
    refuse(
      ['name'],
      `expected a name of its own for regime.definition, found '${name}', which is a built-in regime`,
    );
  const regime = regimeOf(context.value);
  const weighs = (...by: LossWeight[]) => regime.terms.some(({ weight }) => by.includes(weight));
  if (alpha !== defaultAlpha && !weighs('alpha', '1-alpha'))
    refuse(
      ['alpha'],
      `expected none (or ${defaultAlpha}), because no term of ${name} weighs by it, found ${alpha}`,
    );
  if (beta !== undefined && !weighs('beta'))
    refuse(['beta'], `expected none, because no term of ${name} weighs by it, found ${beta}`);
  if (clamp !== undefined && !regime.clamp)
    refuse(['clamp'], `expected none, because ${name} clamps nothing, found ${clamp}`);
  if (noise !== undefined && !Object.values(regime.sources).some(({ kind }) => kind === 'noise'))
    refuse(['noise'], `expected none, because ${name} has no noisy images, found ${describeNoise(noise)}`);
  if (definition)
    for (const { where, what } of regimeProblems(regime)) refuse(['definition', ...where.split('.')], what);
});

/** The regime that a section names or defines. */
export function regimeOf({
  name,
  definition,
  noise,
}: DeepReadonly<Pick<z.output<typeof fields>, 'name' | 'definition' | 'noise'>>): Regime {
  const regime = definition ? regimeOfDefinition(definition) : regimeNamed(name);
  return noise === undefined ? regime : withNoise(regime, boundOf(noise));
}

const describeNoise = (noise: z.output<typeof ownEpsilon>) =>
  'times' in noise ? `{ times: ${noise.times} }` : noise.text;
