import { expect, it } from 'vitest';
import { renderMarkdown } from '../../../src/commands/support/markdown.js';
import { paletteFor } from '../../../src/commands/support/output.js';

const card = `# A model

Sorts **prompts** into \`labels\`; see [the
paper](https://example.org).

## Figures

| rows | what | accuracy |
| --- | :--- | ---: |
| dev | a \\| b | 0.852 |
| **test** | longer | 0.95 |

- first item
  goes on
- second

\`\`\`sh
run   it
\`\`\`
Last \u001b[2Jline.
`;

it('lays headings, paragraphs, tables, lists and code out', async () => {
  const palette = await paletteFor({ color: false });
  expect(renderMarkdown(card, { width: undefined, palette })).toMatchInlineSnapshot(`
    "A model

    Sorts prompts into labels; see the paper (https://example.org).

    Figures

    rows  what    accuracy
    dev   a | b      0.852
    test  longer      0.95

    - first item goes on
    - second

        run   it

    Last �[2Jline.
    "
  `);
});

it('wraps to the terminal', async () => {
  const palette = await paletteFor({ color: true });
  const text = renderMarkdown(`# Title\n\n${'word '.repeat(30)}\n\n- ${'item '.repeat(30)}`, {
    width: 40,
    palette,
  });
  expect(text).toContain('\u001b[1m');
  for (const line of text.split('\n').slice(1)) expect(line.length).toBeLessThanOrEqual(40);
});

it('survives anything that is no Markdown', async () => {
  const palette = await paletteFor({ color: false });
  for (const text of ['', '|', '| a', '```', '#', '- ', '\n\n|---|\n', 'a\r\nb']) {
    expect(() => renderMarkdown(text, { width: 40, palette })).not.toThrow();
  }
});
