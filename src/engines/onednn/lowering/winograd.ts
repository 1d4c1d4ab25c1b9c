/**
 * Convolutions of 3 x 3 filters by our own Winograd (../winograd), where oneDNN has none for this processor.
 *
 * Its last step can add a bias and another tensor and end in a ReLU, forward; backward it can add another tensor and end
 * in the gradient of the ReLU before the convolution: reluGradient(dx + other, y) is then one kernel.
 */
import type { Tensor, TensorOf } from '../../../graph/index.ts';
import { type Addressing, type Emitter, isWhole, type Kernel, type Place } from '../emitter.ts';
import type { PassPlan } from '../winograd/passes.ts';
import type { FilterPlanes } from '../winograd/shape.ts';
import type { Bound } from '../winograd/team.ts';
import { type Winograd, winogradApplies } from '../winograd/winograd.ts';

type Shaped = { readonly shape: readonly number[] };

/** Channels that lie beside each other in the blocked layout that oneDNN prefers with AVX2. */
export const WINOGRAD_BLOCK = 8;

const shapeOf = (x: Shaped, w: Shaped) => {
  const [batch, inputChannels, height, width] = x.shape;
  return { batch, inputChannels, outputChannels: w.shape[0], height, width };
};

/** Whether the convolution from images x with filters w can, and should, be done this way. */
export function paysWinograd(
  x: Shaped,
  w: Shaped,
  { stride, padding }: { readonly stride: number; readonly padding: number },
  { winograd }: Emitter,
): boolean {
  const [, , rows, columns] = w.shape;
  const geometry = {
    ...shapeOf(x, w),
    kernel: [rows, columns],
    stride: [stride, stride],
    padding: [padding, padding],
  } as const;
  return winograd !== undefined && winogradApplies(geometry, WINOGRAD_BLOCK);
}

function teamOf({ winograd }: Emitter): Winograd {
  if (!winograd) throw new Error('there is no Winograd here; ask paysWinograd before');
  return winograd();
}

/** Bytes as a place: the kernels give them meaning. */
const bytesPlace = (bytes: number, { library }: Emitter): Place => {
  const layout = library.plain([Math.ceil(bytes / 4)]);
  return { slot: { bytes: layout.bytes }, offset: 0, layout };
};

function offsetOf(place: Place, memory: Addressing): number {
  const offset = memory.wasmOffset(place);
  if (offset === undefined) throw new Error('Winograd kernels need the shared memory');
  return offset;
}

function bound(memory: Addressing, { run, release }: Bound): () => void {
  memory.atEnd(release);
  return run;
}

const planesOf = new WeakMap<Emitter, Map<string, Place>>();

/** Transformed filters, once for all convolutions with the same filters in the same direction. */
function filterPlanes(w: Tensor, direction: string, filters: FilterPlanes, emitter: Emitter): Place {
  const known = planesOf.get(emitter) ?? new Map<string, Place>();
  planesOf.set(emitter, known);
  const key = `${w.id} ${direction}`;
  const found = known.get(key);
  if (found) return found;
  const from = emitter.getPlain(w);
  const planes = bytesPlace(filters.bytes, emitter);
  known.set(key, planes);
  emitter.emit({
    name: `winograd filters ${direction}`,
    reads: [from.slot],
    writes: [planes.slot],
    bind: (memory) =>
      bound(memory, filters.bind({ filters: offsetOf(from, memory), planes: offsetOf(planes, memory) })),
  });
  return planes;
}

interface Pass {
  readonly name: string;
  readonly plan: PassPlan;
  readonly source: Place;
  readonly filters: Place;
  readonly target: Place;
  readonly bias?: Place | undefined;
  readonly residual?: Place | undefined;
  readonly gate?: Place | undefined;
  readonly relu: boolean;
}

function passKernel({ name, plan, source, filters, target, ...more }: Pass, emitter: Emitter): Kernel {
  const { bias, residual, gate, relu } = more;
  const scratch = bytesPlace(plan.scratchBytes, emitter);
  const optional = [bias, residual, gate].filter((place) => place !== undefined);
  const aligned = [residual, gate].filter((place) => place !== undefined && isWhole(place));
  return {
    name,
    reads: [source, filters, ...optional].map(({ slot }) => slot),
    writes: [target.slot, scratch.slot],
    inPlace: aligned.flatMap((place) => (place ? [[place.slot, target.slot] as const] : [])),
    bind: (memory) =>
      bound(
        memory,
        plan.bind({
          source: offsetOf(source, memory),
          filters: offsetOf(filters, memory),
          target: offsetOf(target, memory),
          scratch: offsetOf(scratch, memory),
          relu,
          ...(bias ? { bias: offsetOf(bias, memory) } : {}),
          ...(residual ? { residual: offsetOf(residual, memory) } : {}),
          ...(gate ? { gate: offsetOf(gate, memory) } : {}),
        }),
      ),
  };
}

export function lowerWinograd(node: TensorOf<'convolution'>, result: Tensor, emitter: Emitter): void {
  const [x, w, ...rest] = node.inputs;
  const { bias, residual, relu } = node.attributes;
  const layout = emitter.library.blocked(result.shape);
  const plan = teamOf(emitter).planForward(shapeOf(x, w));
  const pass = {
    name: 'winograd forward',
    plan,
    source: emitter.getAs(x, emitter.library.blocked(x.shape)),
    filters: filterPlanes(w, 'forward', plan.filters, emitter),
    bias: bias ? emitter.getPlain(rest[0]) : undefined,
    residual: residual ? emitter.getAs(rest[rest.length - 1], layout) : undefined,
    relu,
  };
  emitter.emit(passKernel({ ...pass, target: emitter.define(result, layout) }, emitter));
}

/** result = the input gradient (+ residual), zero where `gate` is not above zero. */
export function lowerWinogradInputGradient(
  node: TensorOf<'convolutionInputGradient'>,
  result: Tensor,
  { residual, gate }: { readonly residual?: Tensor | undefined; readonly gate?: Tensor | undefined },
  emitter: Emitter,
): void {
  const [dy, w] = node.inputs;
  const layout = emitter.library.blocked(result.shape);
  const plan = teamOf(emitter).planBackwardData(shapeOf(node, w));
  const pass = {
    name: 'winograd input gradient',
    plan,
    source: emitter.getAs(dy, emitter.library.blocked(dy.shape)),
    filters: filterPlanes(w, 'backward', plan.filters, emitter),
    residual: residual && emitter.getAs(residual, layout),
    gate: gate && emitter.getAs(gate, layout),
    relu: false,
  };
  emitter.emit(passKernel({ ...pass, target: emitter.define(result, layout) }, emitter));
}

export function lowerWinogradWeightGradient(
  node: TensorOf<'convolutionWeightGradient'>,
  result: Tensor,
  emitter: Emitter,
): void {
  const [x, dy] = node.inputs;
  const plan = teamOf(emitter).planBackwardWeights(shapeOf(x, node));
  const images = emitter.getAs(x, emitter.library.blocked(x.shape));
  const gradient = emitter.getAs(dy, emitter.library.blocked(dy.shape));
  const scratch = bytesPlace(plan.scratchBytes, emitter);
  const target = emitter.define(result, emitter.library.plain(result.shape));
  emitter.emit({
    name: 'winograd weight gradient',
    reads: [images.slot, gradient.slot],
    writes: [target.slot, scratch.slot],
    bind: (memory) =>
      bound(
        memory,
        plan.bind({
          x: offsetOf(images, memory),
          dy: offsetOf(gradient, memory),
          dw: offsetOf(target, memory),
          scratch: offsetOf(scratch, memory),
        }),
      ),
  });
}

type InputGradient = Tensor & TensorOf<'convolutionInputGradient'>;

/** What one Winograd kernel can compute: the input gradient, then the sum, then the gate. */
interface GatedGradient {
  readonly node: InputGradient;
  readonly residual?: Tensor;
  readonly gate?: Tensor;
}

/** An input gradient that nobody has computed and that only this tensor asks for. */
function openGradient(tensor: Tensor, emitter: Emitter): InputGradient | undefined {
  if (tensor.operation !== 'convolutionInputGradient' || emitter.isPlaced(tensor)) return undefined;
  if (emitter.users(tensor).length !== 1 || emitter.isResult(tensor)) return undefined;
  return paysWinograd(tensor, tensor.inputs[1], tensor.attributes, emitter) ? tensor : undefined;
}

/** The tensor as an input gradient with something after it that its kernel can do too. */
export function asGatedGradient(tensor: Tensor, emitter: Emitter): GatedGradient | undefined {
  if (tensor.operation === 'add') {
    const [a, b] = tensor.inputs;
    if (a === b || a.shape.join() !== b.shape.join()) return undefined;
    const [left, right] = [openGradient(a, emitter), openGradient(b, emitter)];
    if (left) return { node: left, residual: b };
    return right && { node: right, residual: a };
  }
  if (tensor.operation !== 'reluGradient') return undefined;
  const [dy, gate] = tensor.inputs;
  const alone = openGradient(dy, emitter);
  if (alone) return { node: alone, gate };
  if (emitter.isPlaced(dy) || emitter.users(dy).length !== 1 || emitter.isResult(dy)) return undefined;
  const sum = dy.operation === 'add' ? asGatedGradient(dy, emitter) : undefined;
  return sum && { ...sum, gate };
}
