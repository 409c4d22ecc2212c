import { Ime } from '../lib/ime.ts';
import { expect, test } from '../lib/test.ts';

test('what is being written is kept for each room over a reload, until it is sent', async ({ person, title }) => {
  const mina = await person();
  const first = await mina.createRoom({ title });
  const second = await mina.createRoomByApi({ title: `${title} 2` });
  await mina.messageBox.pressSequentially('쓰다 만 글');
  await mina.openRoom(second);
  await expect(mina.messageBox).toHaveValue('');
  await mina.messageBox.pressSequentially('다른 방의 글');
  await mina.openRoom(first);
  await expect(mina.messageBox).toHaveValue('쓰다 만 글');
  await mina.reload();
  await expect(mina.messageBox).toHaveValue('쓰다 만 글');
  await mina.messageBox.press('Enter');
  await mina.expectMessage('쓰다 만 글');
  await mina.reload();
  await expect(mina.messageBox).toHaveValue('');
  await mina.openRoom(second);
  await expect(mina.messageBox).toHaveValue('다른 방의 글');
});

test('a syllable that is still being composed is in the draft, and goes on undisturbed', async ({ person, title }) => {
  const mina = await person();
  await mina.createRoom({ title });
  const ime = await Ime.of(mina);
  await ime.compose('ㅎ', '하', '한');
  await expect(mina.messageBox).toHaveValue('한');
  await mina.reload();
  await expect(mina.messageBox).toHaveValue('한');
});
