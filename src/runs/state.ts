/** A training's variables as a checkpoint holds them: tensors by name, copied out of an engine and back, and whether they fit. */
import type { Engine } from '../engines/index.ts';
import { type Problem, RunError } from '../errors.ts';
import type { Variable } from '../graph/index.ts';
import type { StoredTensor } from './safetensors/index.ts';

/** Names and shapes of what a network has. */
export type Shapes = ReadonlyMap<string, readonly number[]>;

export const shapesOf = (variables: readonly Variable[]): Shapes =>
  new Map(variables.map(({ name, shape }) => [name, shape]));

/** Optimizer state, which an evaluation has no use for. */
export const isOptimizerTensor = (name: string) => name.startsWith('optimizer.');

/** Copies of the variables' values. @throws RunError where one is not finite: such a state is never written. */
export function collect(engine: Engine, variables: readonly Variable[]): Map<string, StoredTensor> {
  return new Map(
    variables.map((variable) => {
      const values = engine.read(variable);
      if (!values.every(Number.isFinite))
        throw new RunError(
          `${variable.name} is not finite; the last checkpoint is from before that: lower optimizer.learningRate and train again`,
        );
      return [variable.name, { shape: variable.shape, values }];
    }),
  );
}

/** Set variables from tensors that were checked against shapesOf. */
export function restore(
  engine: Engine,
  variables: readonly Variable[],
  tensors: ReadonlyMap<string, StoredTensor>,
) {
  for (const variable of variables) {
    const stored = tensors.get(variable.name);
    if (stored) engine.write(variable, stored.values);
  }
}

// A checkpoint of another network differs everywhere; a screenful says so.
const LISTED = 12;

/** Every tensor that is missing, not expected, or of another shape; at most a dozen, then their number. */
export function compareTensors(
  found: ReadonlyMap<string, StoredTensor>,
  expected: Shapes,
  isExtra: (name: string) => boolean = () => false,
): Problem[] {
  const problems: Problem[] = [];
  for (const [name, shape] of expected) {
    const tensor = found.get(name);
    if (tensor === undefined) {
      problems.push({ where: name, what: `missing, expected shape ${text(shape)}` });
    } else if (text(tensor.shape) !== text(shape)) {
      problems.push({ where: name, what: `expected shape ${text(shape)}, found ${text(tensor.shape)}` });
    }
  }
  for (const [name, { shape }] of found) {
    if (!expected.has(name) && !isExtra(name)) {
      problems.push({ where: name, what: `unexpected, of shape ${text(shape)}` });
    }
  }
  if (problems.length <= LISTED) return problems;
  const more = { where: '...', what: `and ${problems.length - LISTED} more` };
  return [...problems.slice(0, LISTED), more];
}

function text(shape: readonly number[]): string {
  return `[${shape.join(', ')}]`;
}
