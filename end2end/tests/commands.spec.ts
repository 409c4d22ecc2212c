import { commandAnswer, commandQuestion } from '../lib/commands.ts';
import { whisperBar } from '../lib/messages.ts';
import { nameOf, rename, threeInRoom } from '../lib/people.ts';
import { expect, test } from '../lib/test.ts';

for (const input of ['mouse', 'keyboard'] as const) {
  test(`a whisper by a slip stays in the field, and its target is shown before it is sent: by ${input}`, async ({ person, title }) => {
    const [mina, sora, juno] = await threeInRoom(person, title);
    const typed = `/ㅈ ${await nameOf(sora, mina)} 비밀이야`;
    await mina.send(typed, input);
    await expect(commandQuestion(mina)).toContainText('귓속말(/w)을 하려던 건가요?');
    await expect(mina.messageBox).toHaveValue(typed);
    await mina.press(commandAnswer(mina, mina.words(['귓속말', 'Whisper'])), input);
    await expect(commandQuestion(mina)).toBeHidden();
    await expect(whisperBar(mina)).toContainText(await nameOf(sora, mina));
    await expect(mina.messageBox).toHaveValue('비밀이야');
    await expect(mina.messageBox).toBeFocused();
    await mina.messageBox.press('Enter');
    await expect(sora.message('비밀이야')).toHaveClass(/whisper/);
    await sora.say('들었어요');
    await juno.expectMessage('들었어요');
    await expect(juno.log).not.toContainText('비밀이야');
  });

  test(`what is no command is sent as text on purpose: by ${input}`, async ({ person, title }) => {
    const [mina, sora, juno] = await threeInRoom(person, title);
    await juno.send('/shrug', input);
    await expect(commandQuestion(juno)).toContainText('There is no such command. Send it as text?');
    await juno.press(commandAnswer(juno, 'Send as text'), input);
    await expect(commandQuestion(juno)).toBeHidden();
    await expect(juno.messageBox).toHaveValue('');
    for (const someone of [juno, mina, sora]) await someone.expectMessage('/shrug');
    await juno.send('//shrug twice', input);
    for (const someone of [juno, mina, sora]) await someone.expectMessage('/shrug twice');
  });
}

test('a question ends when the text changes', async ({ person, title }) => {
  const [mina] = await threeInRoom(person, title);
  await mina.send('/W 아무개 비밀');
  await expect(commandQuestion(mina)).toBeVisible();
  await mina.messageBox.fill('다른 말');
  await expect(commandQuestion(mina)).toBeHidden();
});

test('where the panel is not there, the command for GIFs is no text either', async ({ person, title }) => {
  const [mina] = await threeInRoom(person, title);
  await mina.page.route('**/pkg/panel*', (route) => route.abort());
  await mina.send('/gif 고양이');
  await expect(commandQuestion(mina)).toContainText('GIF는 GIF 버튼으로 올려 주세요.');
  await expect(commandQuestion(mina).locator('.answers button')).toHaveCount(0);
  await expect(mina.messageBox).toHaveValue('/gif 고양이');
});

test('when one name begins with another, the writer picks the person', async ({ person, title }) => {
  const [mina, sora, juno] = await threeInRoom(person, title);
  await rename(sora, '민수');
  await rename(juno, '민수 나');
  await expect.poll(() => nameOf(juno, mina)).toBe('민수 나');
  await mina.send('/w 민수 나 비밀번호는 1234');
  await expect(commandQuestion(mina)).toContainText('누구에게 귓속말할까요?');
  await commandAnswer(mina, '민수').click();
  await expect(whisperBar(mina)).toContainText('민수');
  await expect(mina.messageBox).toHaveValue('나 비밀번호는 1234');
  await mina.messageBox.press('Enter');
  await expect(sora.message('나 비밀번호는 1234')).toHaveClass(/whisper/);
  await sora.say('고마워요');
  await juno.expectMessage('고마워요');
  await expect(juno.log).not.toContainText('1234');
});
