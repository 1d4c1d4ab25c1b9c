import { appendFile, mkdtemp, readFile, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  formatSummary,
  hasRecords,
  type MetricRecord,
  openMetrics,
  readMetrics,
  refreshSummary,
} from './metrics.ts';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dualbn-metrics-'));
  path = join(folder, 'metrics.jsonl');
});

async function all(): Promise<MetricRecord[]> {
  const records: MetricRecord[] = [];
  for await (const record of readMetrics(path)) records.push(record);
  return records;
}

const step = (number: number, loss = 2.3): MetricRecord => ({ kind: 'step', epoch: 0, step: number, loss });

describe('metrics', () => {
  it('come back as they were appended, numbers that JSON lacks too', async () => {
    const records = [step(1, 0.1 + 0.2), step(2, Number.NaN), step(3, Number.NEGATIVE_INFINITY)];
    const log = openMetrics(path, 0);
    for (const record of records) log.append(record);
    log.sync();
    log.close();
    expect(await all()).toEqual(records);
    expect((await readFile(path)).length).toBe(log.bytes);
  });

  it('are read without a torn last line', async () => {
    await writeFile(path, `${JSON.stringify(step(1))}\n{"kind":"step","epo`);
    expect(await all()).toEqual([step(1)]);
  });

  it('torn or foreign in the middle are an error with the line', async () => {
    await writeFile(path, `${JSON.stringify(step(1))}\nnonsense\n${JSON.stringify(step(3))}\n`);
    await expect(all()).rejects.toThrow(`${path}:2 is not a record of metrics`);
  });

  it('that are missing are an error', async () => {
    await expect(all()).rejects.toThrow(`cannot read ${path}: no such file or folder`);
  });

  it('resumed give the file that an uncut run gives', async () => {
    const uncut = openMetrics(path, 0);
    for (const number of [1, 2, 3]) uncut.append(step(number));
    uncut.close();
    const expected = await readFile(path, 'utf8');

    const cut = openMetrics(path, 0);
    cut.append(step(1));
    const { bytes } = cut;
    cut.append(step(2));
    cut.close();
    await appendFile(path, '{"kind":"st');
    const resumed = openMetrics(path, bytes);
    for (const number of [2, 3]) resumed.append(step(number));
    resumed.close();
    expect(await readFile(path, 'utf8')).toBe(expected);
  });

  it.each([5, 5000])('refuse to resume at byte %i, where no line ends', async (bytes) => {
    const text = `${JSON.stringify(step(1))}\n`;
    await writeFile(path, text);
    expect(() => openMetrics(path, bytes)).toThrow(
      `${path} does not belong to the checkpoint: expected a line to end at byte ${bytes}, found ${text.length} bytes`,
    );
    expect(await readFile(path, 'utf8')).toBe(text);
  });

  it.each([0, 5])('that are a link are neither opened nor cut, to %i bytes', async (bytes) => {
    const outside = join(folder, 'outside.txt');
    await writeFile(outside, 'abcd\nefgh\n');
    await symlink(outside, path);
    expect(() => openMetrics(path, bytes)).toThrow('metrics.jsonl: it is a symbolic link');
    await expect(all()).rejects.toThrow('it is a symbolic link');
    expect(await readFile(outside, 'utf8')).toBe('abcd\nefgh\n');
  });

  it('are there once a record is whole', async () => {
    expect(await hasRecords(path)).toBe(false);
    await writeFile(path, '{"kind":"step","epo');
    expect(await hasRecords(path)).toBe(false);
    await writeFile(path, `${JSON.stringify(step(1))}\n`);
    expect(await hasRecords(path)).toBe(true);
  });

  it('in a folder that is missing are an error', () => {
    expect(() => openMetrics(join(folder, 'missing', 'm.jsonl'), 0)).toThrow('no such file or folder');
  });
});

describe('the summary', () => {
  it('has a row an epoch and a column for every name', async () => {
    const log = openMetrics(path, 0);
    log.append(step(1));
    log.append({ kind: 'epoch', epoch: 0, step: 1, loss: 2.3 });
    log.append({ kind: 'epoch', epoch: 1, step: 2, loss: 2.1, robust: 0.25, note: 'slow, "hot"' });
    log.close();
    await refreshSummary(join(folder, 'summary.csv'), path);
    expect(await readFile(join(folder, 'summary.csv'), 'utf8')).toBe(
      'epoch,step,loss,robust,note\n0,1,2.3,,\n1,2,2.1,0.25,"slow, ""hot"""\n',
    );
  });

  it('of nothing is a line without names', () => {
    expect(formatSummary([])).toBe('\n');
  });
});
