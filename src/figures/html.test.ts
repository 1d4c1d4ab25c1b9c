import { expect, test } from 'vitest';
import { html, trusted } from './html.ts';

test('values are escaped, in text and in attributes', () => {
  const name = `<b>"Tom" & 'Jerry'</b>`;
  expect(html`<td title="${name}">${name}</td>`.text).toBe(
    '<td title="&lt;b&gt;&quot;Tom&quot; &amp; &#39;Jerry&#39;&lt;/b&gt;">' +
      '&lt;b&gt;&quot;Tom&quot; &amp; &#39;Jerry&#39;&lt;/b&gt;</td>',
  );
});

test('html within html is not escaped again, and lists are joined', () => {
  const items = ['a', '<'].map((item) => html`<li>${item}</li>`);
  expect(html`<ul>${items}</ul>`.text).toBe('<ul><li>a</li><li>&lt;</li></ul>');
  expect(html`${trusted('<svg/>')}`.text).toBe('<svg/>');
});

test('what is absent leaves nothing, while zero is shown', () => {
  expect(html`[${undefined}${false}${0}${''}]`.text).toBe('[0]');
});
