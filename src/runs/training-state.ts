/** A training's variables as a checkpoint holds them: tensors by name, copied out of an engine and back. */
import type { Engine } from '../engines/index.ts';
import { RunError } from '../errors.ts';
import type { Variable } from '../graph/index.ts';
import type { StoredTensor } from './safetensors/index.ts';
import type { Shapes } from './tensor-shapes.ts';

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
