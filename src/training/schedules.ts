/**
 * Learning rates over training. The position is the epoch as a real number (step / steps an epoch + epoch), so a schedule does not
 * know the batch size.
 *
 *   piecewise  base times the factor of the last milestone that was reached
 *   cosine     base (1 + cos(pi t)) / 2 over the epochs after a linear warm-up
 *   cyclic     linear from 0 up to base at `peak`, and down to 0 at the end  (Rice et al. 2020; Wong et al. 2020)
 *
 * A new one is a definition in the table, from which the configuration takes its keys; or, in a program, a function.
 */
import { z } from 'zod';
import { anyOf } from './optimizers.ts';

/** Where a training is, and what it starts from. */
export interface RateRequest {
  /** The learning rate that is scaled. */
  readonly base: number;
  readonly epochs: number;
  /** From 0 to `epochs`. */
  readonly position: number;
}

/** A schedule as a function. */
export type RateAt = (request: RateRequest) => number;

export interface ScheduleDefinition<Options extends z.ZodObject = z.ZodObject> {
  /** Its keys in a configuration; `kind` tells it from the others. */
  readonly options: Options;
  readonly rate: (options: Readonly<z.output<Options>>, request: RateRequest) => number;
  /** Keys that must be below the number of epochs. */
  readonly withinEpochs: readonly string[];
}

export const defineSchedule = <Options extends z.ZodObject>(
  definition: ScheduleDefinition<Options>,
): ScheduleDefinition<Options> => definition;

const piecewiseOptions = z
  .strictObject({
    kind: z.literal('piecewise').describe('Constant between milestones.'),
    milestones: z
      .array(z.int().min(1))
      .readonly()
      .describe(
        'Epochs, counted from 0, at whose start the learning rate changes; one past the end has no effect.',
      )
      .meta({ values: 'a rising list of whole numbers' }),
    factors: z
      .array(z.number().positive())
      .readonly()
      .describe('The learning rate from each milestone on, as a multiple of `optimizer.learningRate`.')
      .meta({ values: 'a list of numbers above 0, one a milestone' }),
  })
  .check((context) => {
    const { milestones, factors } = context.value;
    const refuse = (key: 'milestones' | 'factors', message: string) =>
      context.issues.push({ code: 'custom', path: [key], message, input: context.value[key] });
    if (milestones.length !== factors.length)
      refuse('factors', `expected one factor a milestone (${milestones.length}), found ${factors.length}`);
    if (milestones.some((epoch, i) => i > 0 && epoch <= (milestones[i - 1] ?? 0)))
      refuse('milestones', `expected rising epochs, found [${milestones.join(', ')}]`);
  });

export const schedules = {
  piecewise: defineSchedule({
    options: piecewiseOptions,
    withinEpochs: [],
    rate({ milestones, factors }, { base, position }) {
      const reached = milestones.filter((milestone) => position >= milestone).length;
      return base * (reached === 0 ? 1 : (factors[reached - 1] ?? 1));
    },
  }),
  cosine: defineSchedule({
    options: z.strictObject({
      kind: z.literal('cosine').describe('Half a cosine from `optimizer.learningRate` to 0 at the end.'),
      warmup: z
        .number()
        .min(0)
        .default(0)
        .describe('Epochs, parts allowed, over which the learning rate first rises in a line from 0.'),
    }),
    withinEpochs: ['warmup'],
    rate({ warmup }, { base, epochs, position }) {
      if (position < warmup) return (base * position) / warmup;
      return (base * (1 + Math.cos((Math.PI * (position - warmup)) / (epochs - warmup)))) / 2;
    },
  }),
  cyclic: defineSchedule({
    options: z.strictObject({
      kind: z
        .literal('cyclic')
        .describe('One triangle: in a line from 0 to `optimizer.learningRate` and back to 0.'),
      peak: z
        .number()
        .positive()
        .describe('The epoch, parts allowed, at which the learning rate is highest.'),
    }),
    withinEpochs: ['peak'],
    rate: ({ peak }, { base, epochs, position }) =>
      position < peak ? (base * position) / peak : (base * (epochs - position)) / (epochs - peak),
  }),
} as const;

/** The options of any schedule of the table, as a configuration says them. */
export const scheduleOptions = anyOf(Object.values(schedules).map(({ options }) => options));

/** The options of a schedule of the table, told apart by `kind`. */
export type Schedule = Readonly<z.output<typeof scheduleOptions>>;

/** The learning rate at a position of a training of `epochs` epochs. */
export function learningRateAt(
  schedule: Schedule | RateAt,
  base: number,
  epochs: number,
  position: number,
): number {
  const request = { base, epochs, position };
  if (typeof schedule === 'function') return schedule(request);
  const definition: ScheduleDefinition = schedules[schedule.kind];
  return definition.rate(schedule, request);
}
