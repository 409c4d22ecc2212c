import { readFileSync } from 'node:fs';

import { expect, test } from '../lib/test.ts';

/** Texts with their numbers of characters, which the server's tests use, too. */
const LENGTHS = JSON.parse(
  readFileSync(new URL('../../chat/src/text/lengths.json', import.meta.url), 'utf8'),
) as [string, number][];

test('the browser counts the characters that people see', async ({ person }) => {
  const mina = await person();
  await mina.openRoomForm();
  const count = mina.page.locator('.field .count');
  for (const [text, length] of LENGTHS) {
    await mina.formField('title').fill(text);
    await expect(count, text).toHaveText(`${length}/50`);
  }
});

test('twenty families are a name', async ({ person, title }) => {
  const family = '👨\u200d👩\u200d👧\u200d👦';
  const mina = await person();
  await mina.createRoom({ title: `${title} ${family.repeat(3)}` });
  const renamed = await mina.callApi('rename', { room: mina.roomId(), name: family.repeat(20) });
  expect(renamed.status()).toBe(200);
  await expect(mina.page.locator('.system').last()).toContainText(family.repeat(20));
});
