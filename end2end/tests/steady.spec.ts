import { ask, answer, choose as chooseFor, dialogOf, fillIn, isShutOut, openMenuOn, openPeople, placeOf, rename, settle } from '../lib/people.ts';
import { HANDS, PHONE, chip, chips, logOf, menuOf, message, press, react, remove, removed, say, three } from '../lib/talk.ts';
import { expect, test, type Person } from '../lib/test.ts';

async function rowButton(reader: Person, other: Person) {
  return (await placeOf(reader, other)).locator('button[aria-haspopup]');
}

test('the keyboard stays with a message whose button goes', async ({ person, title }) => {
  const [mina, sora] = await three(person, title, { mina: HANDS.keyboard });
  await settle(sora, '어때요?', mina);
  const asked = message(mina, '어때요?');
  await react(mina, asked, '👍', 'keyboard');
  await expect(asked.locator('.more')).toBeFocused();
  await press(mina, chip(asked, '👍'), 'keyboard');
  await expect(chips(asked)).toHaveCount(0);
  await expect(asked).toBeFocused();

  await say(mina, '잘못 썼어요', 'keyboard');
  await remove(mina, message(mina, '잘못 썼어요'), 'keyboard');
  await expect(removed(mina).locator('xpath=ancestor::li')).toBeFocused();
  // And with one's own chip when others join in.
  await react(mina, asked, '🎉', 'keyboard');
  await press(mina, chip(asked, '🎉'), 'keyboard');
  await react(mina, asked, '🎉', 'keyboard');
  await expect(chip(asked, '🎉')).toBeVisible();
  await chip(asked, '🎉').focus();
  await chip(message(sora, '어때요?'), '🎉').click();
  await expect(chip(asked, '🎉')).toHaveText('🎉 2');
  await expect(chip(asked, '🎉')).toBeFocused();
});

test('the keyboard stays with the person one did something about', async ({ person, title }) => {
  const [mina, sora] = await three(person, title, { mina: HANDS.keyboard });
  await rename(mina, '민아', 'keyboard');
  await expect(await placeOf(sora, mina)).toContainText('민아');
  await expect(await rowButton(mina, mina)).toBeFocused();

  await ask(mina, sora, 'handOver', 'keyboard');
  await answer(mina, 'cancel', 'keyboard');
  await expect(await rowButton(mina, sora)).toBeFocused();

  // Who has gone takes no focus: it goes to the log.
  await ask(mina, sora, 'throwOut', 'keyboard');
  await fillIn(mina, 'reason', '도배', 'keyboard');
  await answer(mina, 'throwOut', 'keyboard');
  await isShutOut(sora);
  await answer(mina, 'notNow', 'keyboard');
  await expect(dialogOf(mina)).toBeHidden();
  await expect(logOf(mina)).toBeFocused();
});

test('the keyboard stays in the sheet of people', async ({ person, title }) => {
  const [mina, sora] = await three(person, title, { mina: { viewport: PHONE } });
  await openPeople(mina, 'keyboard');
  await openMenuOn(mina, sora, 'keyboard');
  await mina.page.keyboard.press('Escape');
  await expect(menuOf(mina)).toBeHidden();
  await expect(await rowButton(mina, sora)).toBeFocused();
  await chooseFor(mina, sora, 'hide', 'keyboard');
  await expect(await rowButton(mina, sora)).toBeFocused();
});

test('what is being pressed does not move away, and the newest is followed again after', async ({ person, title }) => {
  const [mina, sora] = await three(person, title);
  // More than fits on the screen.
  for (const text of ['하나', '둘', '셋']) await sora.sayUnseen(sora.room(), `${'위에 있는 말\n'.repeat(12)}${text}`);
  await settle(sora, '마지막 말', mina);
  const last = message(mina, '마지막 말');
  await last.hover();
  const button = (await last.locator('.more').boundingBox())!;
  await mina.page.mouse.move(button.x + button.width / 2, button.y + button.height / 2);
  await mina.page.mouse.down();
  await settle(sora, '그런데요', mina);
  await settle(sora, '들어 봐요', mina);
  expect(await last.locator('.more').boundingBox()).toEqual(button);
  await mina.page.mouse.up();
  await expect(menuOf(mina)).toBeVisible();
  await mina.page.keyboard.press('Escape');
  await expect(message(mina, '들어 봐요')).toBeInViewport({ ratio: 1 });
  await settle(sora, '아직 보여요?', mina);
  await expect(message(mina, '아직 보여요?')).toBeInViewport({ ratio: 1 });
  await expect(logOf(mina).locator('.unread-line')).toHaveCount(0);
});
