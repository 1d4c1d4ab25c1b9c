/** Small images as PNG inside the page, pixel for pixel; enlarging is left to the page, which keeps the pixels sharp. */
import sharp from 'sharp';

/** @param pixels [C, H, W] in [0, 1], one channel (gray) or three. */
export async function pngDataUri(
  pixels: Float32Array,
  [channels, height, width]: readonly [number, number, number],
): Promise<string> {
  if (channels !== 1 && channels !== 3)
    throw new RangeError(`an image of ${channels} channels cannot be shown`);
  if (pixels.length !== channels * height * width) {
    throw new RangeError(
      `${pixels.length} pixel values do not make an image of ${channels}x${height}x${width}`,
    );
  }
  const area = height * width;
  const bytes = new Uint8Array(pixels.length); // [H, W, C]
  for (let at = 0; at < area; at += 1) {
    for (let channel = 0; channel < channels; channel += 1) {
      bytes[at * channels + channel] = toByte(pixels[channel * area + at]);
    }
  }
  const png = await sharp(bytes, { raw: { width, height, channels } }).png().toBuffer();
  return `data:image/png;base64,${png.toString('base64')}`;
}

const toByte = (value: number): number => Math.round(255 * Math.min(1, Math.max(0, value)));
