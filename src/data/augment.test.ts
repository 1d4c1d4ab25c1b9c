import { describe, expect, test } from 'vitest';
import { IDENTITY, type Placement, place, placement } from './augment.ts';

const shape = { channels: 2, height: 2, width: 3 };
// [channels, height, width]
const source = Uint8Array.from([10, 20, 30, 40, 50, 60, 110, 120, 130, 140, 150, 160]);

function placed(at: Placement): number[] {
  const out = new Float32Array(12).fill(9);
  place(source, shape, at, out);
  return Array.from(out, (value) => Math.round(value * 255));
}

describe('place', () => {
  test('turns bytes into [0, 1]', () => {
    const out = new Float32Array(2);
    place(Uint8Array.from([0, 255]), { channels: 1, height: 1, width: 2 }, IDENTITY, out);
    expect([...out]).toEqual([0, 1]);
    expect(placed(IDENTITY)).toEqual([...source]);
  });

  test.each<[string, Placement, number[]]>([
    ['down and right', { top: -1, left: -1, flip: false }, [0, 0, 0, 0, 10, 20, 0, 0, 0, 0, 110, 120]],
    ['up and left', { top: 1, left: 2, flip: false }, [60, 0, 0, 0, 0, 0, 160, 0, 0, 0, 0, 0]],
    ['mirrored', { top: 0, left: 0, flip: true }, [30, 20, 10, 60, 50, 40, 130, 120, 110, 160, 150, 140]],
    [
      'moved, then mirrored',
      { top: 0, left: 1, flip: true },
      [0, 30, 20, 0, 60, 50, 0, 130, 120, 0, 160, 150],
    ],
    ['out of sight', { top: 4, left: 0, flip: false }, new Array(12).fill(0)],
  ])('moves the image %s, with zeros around it', (_, at, expected) => {
    expect(placed(at)).toEqual(expected);
  });
});

describe('placement', () => {
  const augmentation = { padding: 4, flip: true };
  const key = { seed: 1, epoch: 2, example: 3 };
  const many = Array.from({ length: 9000 }, (_, example) => placement(augmentation, { ...key, example }));

  test('depends on seed, epoch and example alone', () => {
    expect(placement(augmentation, key)).toEqual(many[3]);
    const others = [{ seed: 2 }, { epoch: 3 }].map((changed) =>
      Array.from({ length: 20 }, (_, example) => placement(augmentation, { ...key, ...changed, example })),
    );
    for (const other of others) expect(other).not.toEqual(many.slice(0, 20));
  });

  test('moves by each step from -padding to padding about equally often', () => {
    for (const axis of ['top', 'left'] as const) {
      for (let step = -4; step <= 4; step++) {
        const count = many.filter((at) => at[axis] === step).length;
        expect(Math.abs(count - 1000)).toBeLessThan(200);
      }
    }
    expect(new Set(many.map(({ top, left }) => `${top},${left}`)).size).toBe(81);
  });

  test('mirrors about half of the images', () => {
    expect(Math.abs(many.filter(({ flip }) => flip).length - 4500)).toBeLessThan(300);
  });

  test('without padding and flip is the image as it is', () => {
    expect(placement({ padding: 0, flip: false }, key)).toEqual(IDENTITY);
  });
});
