/**
 * What the schemas of an analysis' options say: names on a command line, descriptions, defaults, and what a text stands for.
 *
 * A schema may be a text, a number, a boolean, an enum, a list of these, or something made of them by a transform; with a
 * default or optional; described by `.meta({ description })`, last in the chain. Further keys of meta:
 *
 *   flag      the option on the command line, where it is not the key in kebab case
 *   value     what its value is called in help, where 'count', 'number', 'name' or 'text' would say too little
 *   fromRun   what of a run's configuration is the default; without it, the schema's own is
 */
import { z } from 'zod';
import type { AnyAnalysis } from './definition.ts';

/** An epsilon as documents keep it. */
export const recordedEpsilon = z.object({ text: z.string(), value: z.number().min(0) });

/** An option as people are told of it. */
export interface OptionDescription {
  readonly key: string;
  /** On the command line: --statistics-batch. */
  readonly flag: string;
  readonly description: string;
  /** What help calls its value: 'size'. */
  readonly value: string;
  /** What it takes: 'a whole number of at least 2'. */
  readonly takes: string;
  /** Takes several values. */
  readonly list: boolean;
  /** Takes none: it is there or not. */
  readonly boolean: boolean;
  /** As text; undefined for none. */
  readonly usual: string | undefined;
  /** What of a run's configuration goes before that. */
  readonly fromRun: string | undefined;
  /** The value that texts of a command line stand for; what is none of the kind is left as it is, for the schema to refuse. */
  read(texts: readonly string[]): unknown;
}

/** The options of an analysis, in its order. */
export function describeOptions({ options }: Pick<AnyAnalysis, 'options'>): readonly OptionDescription[] {
  return Object.entries(options.shape).map(([key, schema]) => {
    const { description, flag, value, fromRun } = metaOf(schema);
    const core = coreOf(schema);
    const element = core instanceof z.ZodArray ? core.element : core;
    return {
      key,
      flag: flag ?? `--${key.replace(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`)}`,
      description: description ?? '',
      value: value ?? valueName(element),
      takes: expectation(element),
      list: core instanceof z.ZodArray,
      boolean: core instanceof z.ZodBoolean,
      usual: usualOf(schema),
      fromRun,
      read(texts) {
        const values = texts.map((text) => readText(element, text));
        return core instanceof z.ZodArray ? values : values.at(-1);
      },
    };
  });
}

const metaSchema = z.object({
  description: z.string().optional(),
  flag: z.string().optional(),
  value: z.string().optional(),
  fromRun: z.string().optional(),
});

/** Of the outermost schema that says something of itself. */
function metaOf(schema: z.core.$ZodType): z.output<typeof metaSchema> {
  const own = schema instanceof z.ZodType ? schema.meta() : undefined;
  if (own) return metaSchema.parse(own);
  const inner = innerOf(schema);
  return inner ? metaOf(inner) : {};
}

/** Whether its default is of a run's configuration, where there is one. */
export const isFromRun = (schema: z.core.$ZodType): boolean => metaOf(schema).fromRun !== undefined;

function usualOf(schema: z.core.$ZodType): string | undefined {
  if (!(schema instanceof z.ZodDefault)) {
    const inner = schema instanceof z.ZodOptional ? undefined : innerOf(schema);
    return inner && usualOf(inner);
  }
  const value: unknown = schema.def.defaultValue;
  const written = (each: unknown): string => {
    const epsilon = recordedEpsilon.safeParse(each);
    return epsilon.success ? epsilon.data.text : String(each);
  };
  return Array.isArray(value) ? value.map(written).join(' ') : written(value);
}

/** The schema that one wraps: a default, an absence, or what comes out of a transform. */
function innerOf(schema: z.core.$ZodType): z.core.$ZodType | undefined {
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodOptional || schema instanceof z.ZodNullable)
    return schema.unwrap();
  if (schema instanceof z.ZodPipe) return schema.in;
  return undefined;
}

/** What a value is written as: without defaults and transforms. */
export function coreOf(schema: z.core.$ZodType): z.core.$ZodType {
  const inner = innerOf(schema);
  return inner ? coreOf(inner) : schema;
}

/** What a value must be: 'a whole number of at least 2'. */
export function expectation(schema: z.core.$ZodType): string {
  const core = coreOf(schema);
  if (core instanceof z.ZodNumber) {
    const kind = core.isInt ? 'a whole number' : 'a number';
    const [low, high] = [core.minValue ?? -Infinity, core.maxValue ?? Infinity];
    const bounded = (value: number) => Math.abs(value) < Number.MAX_SAFE_INTEGER;
    if (bounded(low) && bounded(high)) return `${kind} from ${low} to ${high}`;
    if (bounded(low)) return `${kind} of at least ${low}`;
    return bounded(high) ? `${kind} of at most ${high}` : kind;
  }
  if (core instanceof z.ZodEnum) return `one of ${core.options.join(', ')}`;
  if (core instanceof z.ZodLiteral) return [...core.values].join(' or ');
  if (core instanceof z.ZodBoolean) return 'true or false';
  if (core instanceof z.ZodUnion && core.options.some((each) => coreOf(each) instanceof z.ZodString))
    return 'a text';
  if (core instanceof z.ZodUnion)
    return [
      ...new Set(core.options.flatMap((each) => (each instanceof z.ZodObject ? [] : expectation(each)))),
    ].join(' or ');
  return 'a text';
}

function valueName(schema: z.core.$ZodType): string {
  const core = coreOf(schema);
  if (core instanceof z.ZodUnion) return core.options[0] ? valueName(core.options[0]) : 'value';
  if (core instanceof z.ZodNumber) return core.isInt ? 'count' : 'number';
  return core instanceof z.ZodEnum ? 'name' : 'text';
}

function readText(schema: z.core.$ZodType, text: string): unknown {
  const core = coreOf(schema);
  if (core instanceof z.ZodNumber)
    return text.trim() === '' || Number.isNaN(Number(text)) ? text : Number(text);
  if (core instanceof z.ZodBoolean) return text === 'true' ? true : text === 'false' ? false : text;
  if (core instanceof z.ZodUnion && !core.options.some((each) => coreOf(each) instanceof z.ZodString))
    for (const each of core.options) {
      const value = readText(each, text);
      if (value !== text) return value;
    }
  return text;
}
