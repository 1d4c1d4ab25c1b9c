import koffi from 'koffi';
import { describe, expect, test } from 'vitest';
import type { Argument, Primitive } from './library.ts';
import { loadLibrary } from './onednn2.ts';

const library = loadLibrary();

/** Runs a primitive on named values in the layouts it asks for, all of them plain here; gives back the named results. */
function run(
  primitive: Primitive,
  given: Partial<Record<Argument, readonly number[]>>,
  wanted: readonly Argument[],
) {
  const memory = new Map<Argument, Float32Array>();
  const bind = (name: Argument) => {
    const bytes = primitive.layouts[name]?.bytes ?? 0;
    const values = memory.get(name) ?? new Float32Array(new SharedArrayBuffer(Math.max(bytes, 4)));
    values.set(given[name] ?? []);
    memory.set(name, values);
    return koffi.address(values);
  };
  const names = [...(Object.keys(given) as Argument[]), ...wanted];
  if (primitive.layouts.scratchpad) names.push('scratchpad');
  if (primitive.layouts.workspace) names.push('workspace');
  library.execute(library.bind(primitive, new Map(names.map((name) => [name, bind(name)]))));
  return wanted.map((name) => Array.from(memory.get(name) ?? []));
}

describe('oneDNN 2 through koffi', () => {
  test('says what it is', () => {
    expect(library.version).toMatch(/^2\./);
    expect(library.instructionSet).toMatch(/^(avx|sse)/);
  });

  test('the number of threads can be set after loading', () => {
    library.openMp.setThreads(1);
    expect(library.openMp.threads()).toBe(1);
    library.openMp.setThreads(2);
    expect(library.openMp.threads()).toBe(2);
  });

  test('equal layouts are one object; blocked ones differ from plain ones', () => {
    const dims = [2, 16, 3, 3];
    expect(library.plain(dims)).toBe(library.plain([...dims]));
    expect(library.blocked(dims)).not.toBe(library.plain(dims));
    expect(library.blocked(dims)).toMatchObject({ plain: false, padded: false, bytes: 4 * 2 * 16 * 9 });
    expect(library.blocked([2, 3, 3, 3])).toBe(library.plain([2, 3, 3, 3]));
  });

  test('a convolution with bias and the residual that lies in y', () => {
    const shape = { x: [1, 1, 2, 2], weights: [1, 1, 2, 2], y: [1, 1, 1, 1] };
    const settled = {
      x: library.plain(shape.x),
      weights: library.plain(shape.weights),
      y: library.plain(shape.y),
    };
    const options = { ...shape, stride: 1, padding: 0, algorithm: 'direct', settled } as const;
    const fused = library.convolution({ ...options, bias: true, sum: true });
    const given = { x: [1, 2, 3, 4], weights: [1, 1, 1, -1], bias: [0.5] };
    expect(run(fused, { ...given, y: [-1] }, ['y'])).toEqual([[1.5]]);
    expect(run(fused, { ...given, y: [-9] }, ['y'])).toEqual([[-6.5]]);
  });

  test('batch normalization gives statistics and their gradients', () => {
    const layout = library.plain([2, 1, 1, 2]);
    const options = { layout, epsilon: 0, statistics: 'batch', relu: false } as const;
    const x = [1, 3, 1, 3];
    const [y, mean, variance] = run(library.normalization(options), { x, scale: [2], shift: [10] }, [
      'y',
      'mean',
      'variance',
    ]);
    expect([y, mean, variance]).toEqual([[8, 12, 8, 12], [2], [1]]);
    const given = { x, mean: [2], variance: [1], scale: [2], shift: [10], dy: [1, 0, 0, 0] };
    const [dx, dscale, dshift] = run(library.normalizationGradient(options), given, [
      'dx',
      'dscale',
      'dshift',
    ]);
    // gamma r (dy - mean(dy) - xhat mean(dy xhat)), xhat = -1, 1, -1, 1
    expect(dx).toEqual([1, 0, -1, 0]);
    expect([dscale, dshift]).toEqual([[-1], [1]]);
  });

  test('the maximum of zero and a NaN is the NaN', () => {
    const primitive = library.binary('maximum', library.plain([5]));
    const x1 = [Number.NaN, Infinity, -Infinity, -1, 2];
    expect(run(primitive, { x: [0, 0, 0, 0, 0], x1 }, ['y'])).toEqual([[Number.NaN, Infinity, 0, 0, 2]]);
  });

  test('the gradient of a ReLU from its result', () => {
    const primitive = library.reluGradient(library.plain([4]));
    expect(run(primitive, { y: [0, 2, 0, 1], dy: [1, 2, 3, 4] }, ['dx'])).toEqual([[0, 2, 0, 4]]);
  });

  test('what oneDNN refuses is an error that names the function', () => {
    expect(() => library.matmul(library.plain([2, 3]), library.plain([2, 3]), library.plain([2, 3]))).toThrow(
      /oneDNN: matmul_desc_init failed: invalid arguments/,
    );
  });
});
