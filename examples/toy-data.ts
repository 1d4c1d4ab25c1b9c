/** Three classes of 8x8 images that a small network learns in seconds: a bright bar at the left, in the middle, at the right. */
import { datasetFrom } from 'dualbn';

const shape = { channels: 1, height: 8, width: 8 };
const classes = ['left', 'middle', 'right'];

/** The same pseudo-random numbers every time: a linear congruential generator. */
function generator(seed: number) {
  let state = seed;
  return () => {
    state = (1_664_525 * state + 1_013_904_223) % 2 ** 32;
    return state / 2 ** 32;
  };
}

function draw(split: 'train' | 'test', count: number, seed: number) {
  const random = generator(seed);
  const labels = Array.from({ length: count }, (_, example) => example % classes.length);
  const images = new Float32Array(count * 64);
  for (const [example, label] of labels.entries())
    for (let pixel = 0; pixel < 64; pixel += 1) {
      const column = pixel % 8;
      const bright = column >= 3 * label && column < 3 * label + 2;
      images[64 * example + pixel] = (bright ? 0.5 : 0.1) + 0.4 * random();
    }
  return datasetFrom({ ...shape, images, labels, classes, split, name: 'bars' });
}

export const datasets = { train: draw('train', 240, 1), test: draw('test', 60, 2) };

/** A small network and few steps: an example should take seconds. */
export const settings = {
  data: { validationExamples: 30 },
  network: { name: 'resnet8', width: 4 },
  attack: { epsilon: '16/255', steps: 2, stepSize: '12/255' },
  epochs: 3,
  batchSize: 30,
  schedule: { kind: 'cosine' },
  validation: { attack: 'pgd-2' },
  evaluation: { attacks: ['pgd-4'] },
};
