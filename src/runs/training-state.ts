/** A training's state as a checkpoint holds it: tensors by name, and the position as plain numbers. */
import type { Engine } from '../engines/engine.ts';
import { RunError } from '../errors.ts';
import type { Variable } from '../graph/index.ts';
import type { Position } from '../training/index.ts';
import type { CheckpointMetadata } from './checkpoint.ts';
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

/** A position inside an epoch as the numbers of a checkpoint's metadata. */
export function positionState({ batch, tally }: Position): Record<string, number> {
  const { examples, steps, loss, passes } = tally;
  const ofPasses = Object.entries(passes).flatMap(([name, pass]) => [
    [`${name}.loss`, pass.loss],
    [`${name}.correct`, pass.correct],
  ]);
  return { batch, examples, steps, loss, ...Object.fromEntries(ofPasses) };
}

/** The position that positionState wrote down, for a regime's passes. */
export function positionFrom({ epoch, state }: CheckpointMetadata, passes: readonly string[]): Position {
  const { batch = 0, examples = 0, steps = 0, loss = 0 } = state;
  const tallied = passes.map((name) => [
    name,
    { loss: state[`${name}.loss`] ?? 0, correct: state[`${name}.correct`] ?? 0 },
  ]);
  return { epoch, batch, tally: { examples, steps, loss, passes: Object.fromEntries(tallied) } };
}
