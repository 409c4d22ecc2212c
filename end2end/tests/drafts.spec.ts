import { expect, test } from '../lib/test.ts';

test('what is being written is kept for each room over a reload, until it is sent', async ({ person, title }) => {
  const mina = await person();
  const first = await mina.createRoom({ title });
  const second = await mina.createRoomUnseen({ title: `${title} 2` });
  await mina.messageBox.pressSequentially('쓰다 만 글');
  await mina.page.goto(`/room/${second}`);
  await mina.isInside();
  await expect(mina.messageBox).toHaveValue('');
  await mina.messageBox.pressSequentially('다른 방의 글');
  await mina.page.goto(`/room/${first}`);
  await mina.isInside();
  await expect(mina.messageBox).toHaveValue('쓰다 만 글');
  await mina.page.reload();
  await mina.isInside();
  await expect(mina.messageBox).toHaveValue('쓰다 만 글');
  await mina.messageBox.press('Enter');
  await mina.expectMessage('쓰다 만 글');
  await mina.page.reload();
  await mina.isInside();
  await expect(mina.messageBox).toHaveValue('');
  await mina.page.goto(`/room/${second}`);
  await mina.isInside();
  await expect(mina.messageBox).toHaveValue('다른 방의 글');
});

test('a syllable that is still being composed is in the draft, and goes on undisturbed', async ({ person, title }) => {
  const mina = await person();
  await mina.createRoom({ title });
  await mina.messageBox.focus();
  const session = await mina.context.newCDPSession(mina.page);
  for (const text of ['ㅎ', '하', '한']) await session.send('Input.imeSetComposition', { text, selectionStart: 1, selectionEnd: 1 });
  await expect(mina.messageBox).toHaveValue('한');
  await mina.page.reload();
  await mina.isInside();
  await expect(mina.messageBox).toHaveValue('한');
});
