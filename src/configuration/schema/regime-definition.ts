/**
 * A regime definition as a file says it: in the terms of the built-in ones (src/training/regime.ts), with passes and sources by
 * their names. Whether it makes sense is asked of the training room, once its form is right.
 */
import { z } from 'zod';
import { adapterKinds, type Role } from '../../nn/index.ts';
import { lossNames, type OwnEpsilon, type Regime, type Source } from '../../training/index.ts';
import type { DeepReadonly } from './values.ts';
import { epsilon, positive } from './values.ts';

const name = z.string().regex(/^[\w-]+$/, { error: 'expected a name of letters, digits, - and _' });
// For the reference: a key without which there is no definition.
const given = { otherwise: 'must be given' };

const names = z.array(name).min(1);
const several = names.default(['shared']).meta({ values: 'a list of names' });

const choices = {
  affine: name.default('shared'),
  adapter: name.exactOptional(),
  head: name.exactOptional(),
};
const cellSchema = z.strictObject({ statistics: name.default('shared'), ...choices });

/** A bound of a source's own. */
export const ownEpsilon = z.union([z.strictObject({ times: positive }), epsilon], {
  error: 'expected a size such as 8/255, or { times: 2 } for twice attack.epsilon',
});

const source = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('clean') }),
  z.strictObject({ kind: z.literal('noise'), epsilon: ownEpsilon.optional() }),
  z.strictObject({
    kind: z.literal('attack'),
    cell: cellSchema,
    epsilon: ownEpsilon.optional(),
    loss: z.enum(lossNames).exactOptional(),
    reference: cellSchema.exactOptional(),
  }),
]);

const statistics = z.union([z.strictObject({ batch: names }), z.strictObject({ running: name })], {
  error: 'expected { batch: [passes] } or { running: branch }',
});

const roles = ['weight', 'affine', 'statistic', 'adapter', 'head'] as const satisfies readonly Role[];
const listed = z.array(z.strictObject({ role: z.enum(roles), branch: name.exactOptional() }));

export const definitionSchema = z.strictObject({
  summary: z
    .string()
    .min(1)
    .default('a regime of a configuration file')
    .describe('The regime in a few words.'),
  sets: z
    .strictObject({
      statistics: several.describe('The branches that have running NS.'),
      affine: several.describe('The branches that have AP.'),
      adapters: names
        .exactOptional()
        .describe('The branches that have adapters.')
        .meta({ values: 'a list of names', otherwise: 'none' }),
      heads: names
        .exactOptional()
        .describe('The branches that have a head.')
        .meta({ values: 'a list of names', otherwise: 'one head' }),
    })
    .prefault({}),
  network: z
    .strictObject({
      adapters: z.enum(adapterKinds).default('parallel').describe('How adapters work, where there are any.'),
      sandwich: z.boolean().default(false).describe('One affine that all share, before that of each branch.'),
    })
    .prefault({}),
  sources: z
    .record(name, source)
    .describe(
      'How images are made: `kind: clean`; `kind: noise`, uniform within `epsilon`; `kind: attack`, the training attack' +
        ' on a `cell`, with an `epsilon`, a `loss` and a `reference` cell of its own if given.',
    )
    .meta({ values: 'a mapping of names to sources', ...given }),
  passes: z
    .record(name, z.strictObject({ source: name.exactOptional(), statistics, ...choices }))
    .describe(
      'The batches that go through the network: their `source` (that of the same name unless it says another),' +
        ' `statistics` (`batch` of which passes, or `running` of which branch), and `affine`, `adapter`, `head`.',
    )
    .meta({ values: 'a mapping of names to passes', ...given }),
  statisticsUpdates: z
    .array(z.strictObject({ branch: name, from: names }))
    .default([])
    .describe('Which running NS are updated by the batch statistics of which passes, one after another.')
    .meta({ values: 'a list of { branch, from }' }),
  terms: z
    .array(
      z.strictObject({
        weight: z.union([z.enum(['alpha', '1-alpha', 'beta']), z.number()], {
          error: 'expected alpha, 1-alpha, beta or a number',
        }),
        loss: z.enum(lossNames),
        pass: name,
        reference: name.exactOptional(),
      }),
    )
    .describe(`The loss: a sum of { weight, loss, pass, reference }, with losses ${lossNames.join(', ')}.`)
    .meta({ values: 'a list of terms', ...given }),
  frozen: listed
    .default([])
    .describe('What stays as it was initialized: a `role`, of one `branch` if given.')
    .meta({ values: 'a list of { role, branch }' }),
  beta: z
    .number()
    .min(0)
    .exactOptional()
    .describe('The weight of terms that weigh by `beta`.')
    .meta({ otherwise: 'none' }),
  clamp: z
    .strictObject({
      affine: name.describe('The branch whose AP stay near gamma 1 and beta 0.').meta(given),
      within: z.number().min(0).describe('How near.').meta(given),
    })
    .exactOptional(),
  init: z
    .strictObject({
      reinitialized: listed
        .describe(
          'The regime needs a trained network to begin from (`init.run`), in which this is initialized anew.',
        )
        .meta({ values: 'a list of { role, branch }', ...given }),
    })
    .exactOptional(),
});

type Definition = DeepReadonly<z.output<typeof definitionSchema>>;

/** The definition as the training room takes it. */
export function regimeOfDefinition(definition: Definition): Regime {
  const {
    network: { adapters: kind, sandwich },
    sources,
    passes,
    ...rest
  } = definition;
  return {
    ...rest,
    network: {
      ...(rest.sets.adapters ? { adapters: { kind, rank: 'full' } } : {}),
      ...(sandwich ? { normalization: { sandwich } } : {}),
    },
    sources: Object.fromEntries(Object.entries(sources).map(([key, value]) => [key, sourceOf(value)])),
    passes: Object.entries(passes).map(([key, { source = key, ...pass }]) => ({
      name: key,
      source,
      ...pass,
    })),
  };
}

function sourceOf(written: Definition['sources'][string]): Source {
  if (written.kind === 'clean') return written;
  const { epsilon: own, ...rest } = written;
  return own === undefined ? rest : { ...rest, epsilon: boundOf(own) };
}

export const boundOf = (own: z.output<typeof ownEpsilon>): OwnEpsilon => ('times' in own ? own : own.value);
