import { INPUTS, PHONE } from '../lib/devices.ts';
import { chip, chips, messageMenuButton, react, remove, removedMessages } from '../lib/messages.ts';
import {
  choosePersonAction,
  expectShutOut,
  fillInDialog,
  menuButton,
  openPeople,
  openPersonDialog,
  openPersonMenu,
  pressInDialog,
  rename,
  rowOf,
  sayToAll,
  threeInRoom,
} from '../lib/people.ts';
import { expect, test } from '../lib/test.ts';
import { unreadLine } from '../lib/unread.ts';

test('the keyboard stays with a message whose button goes', async ({ person, title }) => {
  const [mina, sora] = await threeInRoom(person, title, { mina: INPUTS.keyboard });
  await sayToAll(sora, '어때요?', mina);
  const asked = mina.message('어때요?');
  await react(mina, asked, '👍', 'keyboard');
  await expect(messageMenuButton(mina, asked)).toBeFocused();
  await mina.press(chip(asked, '👍'), 'keyboard');
  await expect(chips(asked)).toHaveCount(0);
  await expect(asked).toBeFocused();

  await mina.say('잘못 썼어요', 'keyboard');
  await remove(mina, mina.message('잘못 썼어요'), 'keyboard');
  await expect(removedMessages(mina).locator('xpath=ancestor::li')).toBeFocused();
  // The focus stays on the person's own reaction when others join in.
  await react(mina, asked, '🎉', 'keyboard');
  await mina.press(chip(asked, '🎉'), 'keyboard');
  await react(mina, asked, '🎉', 'keyboard');
  await expect(chip(asked, '🎉')).toBeVisible();
  await chip(asked, '🎉').focus();
  await chip(sora.message('어때요?'), '🎉').click();
  await expect(chip(asked, '🎉')).toHaveText('🎉 2');
  await expect(chip(asked, '🎉')).toBeFocused();
});

test('the keyboard stays with the person one did something about', async ({ person, title }) => {
  const [mina, sora] = await threeInRoom(person, title, { mina: INPUTS.keyboard });
  await rename(mina, '민아', 'keyboard');
  await expect(await rowOf(sora, mina)).toContainText('민아');
  await expect(await menuButton(mina, mina)).toBeFocused();

  await openPersonDialog(mina, sora, 'handOver', 'keyboard');
  await pressInDialog(mina, 'cancel', 'keyboard');
  await expect(await menuButton(mina, sora)).toBeFocused();

  // The row of a person who is gone cannot take the focus, so the log gets it.
  await openPersonDialog(mina, sora, 'throwOut', 'keyboard');
  await fillInDialog(mina, 'reason', '도배', 'keyboard');
  await pressInDialog(mina, 'throwOut', 'keyboard');
  await expectShutOut(sora);
  await pressInDialog(mina, 'notNow', 'keyboard');
  await expect(mina.dialog).toBeHidden();
  await expect(mina.log).toBeFocused();
});

test('the keyboard stays in the sheet of people', async ({ person, title }) => {
  const [mina, sora] = await threeInRoom(person, title, { mina: { viewport: PHONE } });
  await openPeople(mina, 'keyboard');
  await openPersonMenu(mina, sora, 'keyboard');
  await mina.page.keyboard.press('Escape');
  await expect(mina.menu).toBeHidden();
  await expect(await menuButton(mina, sora)).toBeFocused();
  await choosePersonAction(mina, sora, 'hide', 'keyboard');
  await expect(await menuButton(mina, sora)).toBeFocused();
});

test('what is being pressed does not move away, and the newest is followed again after', async ({ person, title }) => {
  const [mina, sora] = await threeInRoom(person, title);
  // There is more than fits on the screen.
  for (const text of ['하나', '둘', '셋']) await sora.sayByApi(sora.roomId(), `${'위에 있는 말\n'.repeat(12)}${text}`);
  await sayToAll(sora, '마지막 말', mina);
  const last = mina.message('마지막 말');
  await last.hover();
  const button = (await messageMenuButton(mina, last).boundingBox())!;
  await mina.page.mouse.move(button.x + button.width / 2, button.y + button.height / 2);
  await mina.page.mouse.down();
  await sayToAll(sora, '그런데요', mina);
  await sayToAll(sora, '들어 봐요', mina);
  expect(await messageMenuButton(mina, last).boundingBox()).toEqual(button);
  await mina.page.mouse.up();
  await expect(mina.menu).toBeVisible();
  await mina.page.keyboard.press('Escape');
  await expect(mina.message('들어 봐요')).toBeInViewport({ ratio: 1 });
  await sayToAll(sora, '아직 보여요?', mina);
  await expect(mina.message('아직 보여요?')).toBeInViewport({ ratio: 1 });
  await expect(unreadLine(mina)).toHaveCount(0);
});
