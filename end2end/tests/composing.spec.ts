import { Ime } from '../lib/ime.ts';
import { expect, test } from '../lib/test.ts';

test('Enter in the middle of a syllable sends the whole text, once', async ({ person, title }) => {
  const [mina, sora] = [await person(), await person()];
  await mina.createRoom({ title });
  await sora.enterRoom(title);
  const ime = await Ime.of(mina);
  await ime.compose('ㅇ', '아', '안');
  await ime.commit('안');
  await ime.compose('ㄴ', '녀', '녕');
  await ime.enterWhileComposing();
  await ime.commit('녕');
  await ime.releaseEnter();

  await sora.expectMessage('안녕');
  await expect(mina.messageBox).toHaveValue('');
  await mina.say('끝');
  await sora.expectMessage('끝');
  expect((await sora.transcript()).filter((line) => /^(안녕|안|녕)$/.test(line))).toEqual(['안녕']);
});

test('a system that repeats Enter after the syllable still sends once', async ({ person, title }) => {
  const [mina, sora] = [await person(), await person()];
  await mina.createRoom({ title });
  await sora.enterRoom(title);
  const ime = await Ime.of(mina);
  await ime.compose('ㅇ', '요');
  await ime.enterWhileComposing();
  await ime.commit('요');
  await mina.messageBox.press('Enter');

  await sora.expectMessage('요');
  await mina.say('끝');
  await sora.expectMessage('끝');
  expect((await sora.transcript()).filter((line) => line === '요')).toEqual(['요']);
});

test('one Enter after the syllable is enough', async ({ person, title }) => {
  const mina = await person();
  await mina.createRoom({ title });
  const ime = await Ime.of(mina);
  await ime.compose('ㅎ', '하', '한');
  await ime.commit('한');
  await mina.messageBox.press('Enter');
  await mina.expectMessage('한');
  await expect(mina.messageBox).toHaveValue('');
});

test('a composition that is not sent goes on undisturbed', async ({ person, title }) => {
  const mina = await person();
  await mina.createRoom({ title });
  const ime = await Ime.of(mina);
  await ime.compose('ㄱ', '가', '각');
  await ime.commit('가');
  await ime.compose('ㄱ', '가');
  await ime.commit('가');
  await expect(mina.messageBox).toHaveValue('가가');
});

test('Shift and Enter begin a new line', async ({ person, title }) => {
  const mina = await person();
  await mina.createRoom({ title });
  await mina.messageBox.pressSequentially('위');
  await mina.messageBox.press('Shift+Enter');
  await mina.messageBox.pressSequentially('아래');
  await expect(mina.messageBox).toHaveValue('위\n아래');
  await mina.messageBox.press('Enter');
  await expect(mina.log.getByText(/위\s+아래/)).toHaveCount(1);
});
