/** How images are grouped; what the groups give is tested on a device, in ../webgpu.test.ts. */
import { expect, test } from 'vitest';
import { groupsOf } from './weight-gradient.ts';

test.each([
  { images: 128, pixels: 1024, groups: 128 },
  { images: 128, pixels: 256, groups: 32 },
  { images: 128, pixels: 16, groups: 2 },
  { images: 6, pixels: 256, groups: 1 },
  { images: 7, pixels: 512, groups: 1 },
  { images: 9, pixels: 512, groups: 3 },
  { images: 1, pixels: 4096, groups: 1 },
])('$images images of $pixels pixels are $groups groups', ({ images, pixels, groups }) => {
  expect(groupsOf(images, pixels)).toBe(groups);
});
