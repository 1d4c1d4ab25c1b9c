import { expect, test } from 'vitest';
import { csv, dataUri } from './figure.ts';

test('rows become lines under the columns of all of them', () => {
  expect(
    csv([
      { epoch: 1, loss: 2.5 },
      { epoch: 2, loss: 2, note: 'a, "b"' },
    ]),
  ).toBe('epoch,loss,note\r\n1,2.5,\r\n2,2,"a, ""b"""\r\n');
});

test('a data link gives the text back', () => {
  const uri = dataUri('text/csv', 'run,value\r\n"ä, #1",50%\r\n');
  expect(uri.startsWith('data:text/csv;charset=utf-8,')).toBe(true);
  expect(uri).not.toMatch(/[\s"#]/);
  expect(decodeURIComponent(uri.slice(uri.indexOf(',') + 1))).toBe('run,value\r\n"ä, #1",50%\r\n');
});
