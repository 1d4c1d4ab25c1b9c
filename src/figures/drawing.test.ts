import sharp from 'sharp';
import { expect, test } from 'vitest';
import { pngDataUri } from './drawing.ts';

async function decode(uri: string): Promise<{ bytes: number[]; channels: number }> {
  const png = Buffer.from(uri.replace('data:image/png;base64,', ''), 'base64');
  const { data, info } = await sharp(png).raw().toBuffer({ resolveWithObject: true });
  return { bytes: [...data], channels: info.channels };
}

test('planes become interleaved colors, and [0, 1] becomes 0 to 255', async () => {
  const red = [1, 0];
  const green = [0, 0.5];
  const blue = [0, 1];
  const uri = await pngDataUri(Float32Array.from([...red, ...green, ...blue]), [3, 1, 2]);
  expect(await decode(uri)).toEqual({ bytes: [255, 0, 0, 0, 128, 255], channels: 3 });
});

test('values beyond [0, 1] are clipped, never wrapped', async () => {
  const { bytes } = await decode(await pngDataUri(Float32Array.from([-0.2, 1.3, 0.2, 0.6]), [1, 2, 2]));
  expect([bytes[0], bytes.at(-1)]).toEqual([0, 153]);
  expect(bytes).toContain(255);
});

test('an image that does not fit its shape is refused', async () => {
  await expect(pngDataUri(new Float32Array(5), [1, 2, 2])).rejects.toThrow('1x2x2');
  await expect(pngDataUri(new Float32Array(8), [2, 2, 2])).rejects.toThrow('2 channels');
});
