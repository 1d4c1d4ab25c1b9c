/**
 * Sums of per-channel affine maps become one map, however the sum is nested:
 *
 *   (x p + s) + (x q + t) = x (p + q) + (s + t)        (x 0 + s) + y = y 1 + s        (x p + s) q + t = x (p q) + (s q + t)
 *
 * The gradient through batch statistics is such a sum: the mean's share is x 0 + s, the variance's x q + t, and that of
 * normalize itself dy p + 0 (operations/normalization.ts).
 */
import { add, multiply } from '../operations/elementwise.ts';
import { channelAffine } from '../operations/normalization.ts';
import { type Step, stepTensors } from '../step.ts';
import { sameShape, type Tensor } from '../tensor.ts';
import { countUses, type Pass, rebuild, remake, uniform, uniformValue } from './rebuild.ts';

/** The sums that serve only as a part of a larger sum of the same shape. */
function innerSums(step: Step, uses: (tensor: Tensor) => number): ReadonlySet<Tensor> {
  const sums = stepTensors(step).filter((tensor) => tensor.operation === 'add');
  return new Set(
    sums.flatMap(({ inputs, shape }) =>
      inputs.filter((part) => part.operation === 'add' && uses(part) === 1 && sameShape(part.shape, shape)),
    ),
  );
}

/** Group addends by the x they are affine maps of; undefined if they are all different, and none has scale zero. */
function sumOf(addends: readonly Tensor[], mergeable: (addend: Tensor) => boolean): Tensor | undefined {
  const maps = new Map<Tensor, { scale: Tensor; shift: Tensor }>();
  const rest: Tensor[] = [];
  let shift: Tensor | undefined;
  let merged = 0;
  for (const addend of addends) {
    if (addend.operation !== 'channelAffine' || !mergeable(addend)) {
      rest.push(addend);
      continue;
    }
    const [x, scale, own] = addend.inputs;
    if (uniformValue(scale) === 0) {
      shift = shift ? add(shift, own) : own;
      merged += 1;
      continue;
    }
    const known = maps.get(x);
    maps.set(
      x,
      known ? { scale: add(known.scale, scale), shift: add(known.shift, own) } : { scale, shift: own },
    );
    if (known) merged += 1;
  }
  if (merged === 0) return undefined;
  const [map, ...others] = [...maps].map(([x, { scale, shift: own }]) => ({ x, scale, shift: own }));
  if (map) {
    const whole = channelAffine(map.x, map.scale, shift ? add(map.shift, shift) : map.shift);
    const more = others.map(({ x, scale, shift: own }) => channelAffine(x, scale, own));
    return [...rest, ...more, whole].reduce((total, each) => add(total, each));
  }
  if (!shift || rest.length === 0) return undefined;
  return channelAffine(
    rest.reduce((total, each) => add(total, each)),
    uniform(1, shift.shape),
    shift,
  );
}

export const mergeAffine: Pass = (step) => {
  const uses = countUses(step);
  const inner = innerSums(step, uses);
  const made = new Map<Tensor, Tensor>();

  // The addends of a sum, inner sums taken apart, leftmost first; old tensors. A stack, as sums can be long.
  const addendsOf = (sum: Tensor): Tensor[] => {
    const addends: Tensor[] = [];
    const pending = [sum];
    for (let part = pending.pop(); part; part = pending.pop())
      if (part === sum || inner.has(part)) pending.push(...part.inputs.toReversed());
      else addends.push(part);
    return addends;
  };

  const merge = (old: Tensor, inputs: readonly Tensor[]): Tensor | undefined => {
    if (old.operation === 'add' && !inner.has(old)) {
      const single = new Set<Tensor>();
      const addends = addendsOf(old).flatMap((part) => {
        const now = made.get(part);
        if (now && uses(part) === 1) single.add(now);
        return now && sameShape(now.shape, old.shape) ? [now] : [];
      });
      // Parts that broadcasting spreads were left out above: such a sum is not one of images alone.
      return addends.length === addendsOf(old).length
        ? sumOf(addends, (each) => single.has(each))
        : undefined;
    }
    const [x, scale, shift] = inputs;
    if (old.operation !== 'channelAffine' || x.operation !== 'channelAffine' || uses(old.inputs[0]) !== 1)
      return undefined;
    const [innermost, innerScale, innerShift] = x.inputs;
    return channelAffine(innermost, multiply(innerScale, scale), add(multiply(innerShift, scale), shift));
  };

  return rebuild(step, (old, inputs) => {
    const now = merge(old, inputs) ?? remake(old, inputs);
    made.set(old, now);
    return now;
  });
};
