import { EACH_SIZE, TOUCH } from '../lib/devices.ts';
import { gif } from '../lib/gif.ts';
import { expectLooksRight } from '../lib/looks.ts';
import { changeSettings, handOver, openSettings, pressInDialog, sayToAll, systemLines, threeInRoom } from '../lib/people.ts';
import { countdown, expectFree, expectToWait, pendingOf, pressEarly, setSlow, slowDown, slowLine, slowSetting, waitNotice } from '../lib/slow.ts';
import { NODES, expect, test } from '../lib/test.ts';

test('everybody but the owner waits, and what was typed too early stays', NODES, async ({ person, title }) => {
  const [mina, sora, juno] = await threeInRoom(person, title);
  await expect(slowLine(sora)).toBeHidden();
  await setSlow(mina, '15', sora, juno);
  for (const reader of [mina, sora]) await expect(slowLine(reader)).toHaveText('느린 모드: 15초마다 한 번.');
  await expect(slowLine(juno)).toHaveText('Slow mode: one message every 15 s.');
  await expectFree(sora, juno);

  await sora.say('하나');
  await expectToWait(sora);
  await expect(countdown(sora)).toHaveText(/^0:(0[1-9]|1[0-5])$/);
  await sora.messageBox.fill('둘');
  await sora.page.keyboard.press('Enter');
  await expect(waitNotice(sora)).toHaveText(/^\d+초 뒤에 보낼 수 있어요\.$/);
  await pressEarly(sora);
  await expect(sora.messageBox).toHaveValue('둘');
  await expect(sora.messageBox).toBeFocused();
  // Each person has a wait of their own, and the owner has none.
  await expectFree(mina, juno);
  await sayToAll(mina, '방장은', sora);
  await sayToAll(mina, '기다리지 않아요', sora);
  await expectFree(mina);

  await expectFree(sora);
  await expect(waitNotice(sora)).toHaveText('이제 보낼 수 있어요.');
  await sora.page.keyboard.press('Enter');
  for (const reader of [mina, sora, juno]) await reader.expectMessage('둘');
  await expect(sora.messageBox).toHaveValue('');
  await expectToWait(sora);
});

test('turning it off ends the wait at once, and so does becoming the owner', async ({ person, title }) => {
  const [mina, sora, juno] = await threeInRoom(person, title);
  await setSlow(mina, '300', sora);
  await sora.say('하나');
  await expect(countdown(sora)).toHaveText(/^[45]:\d\d$/);
  await setSlow(mina, '0', sora);
  await expectFree(sora);
  await sora.say('둘');
  await expectFree(sora);

  await setSlow(mina, '300', juno);
  await juno.say('셋');
  await expectToWait(juno);
  await handOver(mina, juno);
  await expectFree(juno);
  await juno.say('넷');
  await mina.say('이제는 나도');
  await expectToWait(mina);
  // The wait of a shorter mode counts from the same message.
  await setSlow(juno, '60', mina);
  await expect(countdown(mina)).toHaveText(/^(1:00|0:\d\d)$/);
});

test('what another tab or a reload keeps from being sent goes by itself, once', async ({ person, title }) => {
  const [mina, sora, juno] = await threeInRoom(person, title);
  const tab = await sora.newTab();
  await tab.openRoom(mina.roomId());
  await setSlow(mina, '15', sora, tab);
  await sora.say('여기서');
  const statuses: number[] = [];
  tab.page.on('response', (answer) => answer.url().includes('/api/send_text') && statuses.push(answer.status()));
  await tab.send('저기서');
  await expect(pendingOf(tab)).toContainText('차례가 오면 저절로 보내요.');
  await expectToWait(tab);
  await tab.page.reload();
  // The new page knows nothing of the wait, is told of it again, and still has the text.
  await expect(pendingOf(tab)).toContainText('저기서');
  await expectToWait(tab);
  await expect(pendingOf(tab)).toContainText(/0:\d\d/);
  await juno.expectMessage('저기서', { timeout: 20_000 });
  await expect(pendingOf(tab)).toHaveCount(0);
  await expectToWait(tab);
  await sayToAll(mina, '한 번뿐', juno);
  await juno.expectMessage('저기서');
  expect(statuses).toEqual([429, 429, 200]);
});

test('GIFs wait for their turn, and can be taken back until then', async ({ person, title }) => {
  const [mina, sora] = await threeInRoom(person, title);
  await setSlow(mina, '15', sora);
  await sora.say('먼저 글');
  await sora.chooseGif(gif());
  await expect(pendingOf(sora)).toContainText('차례가 오면 저절로 보내요.');
  await expect(mina.gifs).toHaveCount(1, { timeout: 20_000 });
  await expect(pendingOf(sora)).toHaveCount(0);
  await expectToWait(sora);
  await sora.chooseGif(gif());
  await sora.button(['올리기 취소', 'Cancel upload']).click();
  await expect(pendingOf(sora)).toHaveCount(0);
  await setSlow(mina, '0', sora);
  await expectFree(sora);
  await sayToAll(sora, '다시 글', mina);
  await expect(mina.gifs).toHaveCount(1);
});

test('who saves other settings leaves it as another tab has set it', async ({ person, title }) => {
  const [mina, sora] = await threeInRoom(person, title);
  const tab = await mina.newTab();
  await tab.openRoom(mina.roomId());
  await openSettings(tab);
  await expect(slowSetting(tab)).toHaveValue('0');
  await expect(slowSetting(tab).locator('option')).toHaveText(['끔', '5초마다 한 번', '15초마다 한 번', '1분마다 한 번', '5분마다 한 번']);
  await setSlow(mina, '60');
  await pressInDialog(tab, 'save');
  await expect(tab.dialog).toBeHidden();
  await changeSettings(mina, { capacity: '9' });
  await expect(systemLines(sora).last()).toContainText('최대 9명');
  await expect(systemLines(sora).last()).not.toContainText('느린 모드');
  await expect(slowLine(sora)).toBeVisible();
  await openSettings(mina);
  await expect(slowSetting(mina)).toHaveValue('60');
});

for (const [size, viewport, schemes] of EACH_SIZE) {
  for (const colorScheme of schemes) {
    test(`slow mode looks right: ${size}, ${colorScheme}`, async ({ person, title }, info) => {
      const look = { viewport, colorScheme, reducedMotion: 'reduce', ...(size === 'phone' ? TOUCH : {}) } as const;
      const [mina, sora] = await threeInRoom(person, `${title} 긴 제목`, { mina: look, sora: look });
      await openSettings(mina);
      await slowDown(mina, '300');
      await expectLooksRight(mina, info.outputPath('settings.png'));
      await pressInDialog(mina, 'save');
      await expect(slowLine(sora)).toBeVisible();
      await sora.say('하나');
      await sora.messageBox.fill('둘');
      await pressEarly(sora);
      await expect(waitNotice(sora)).not.toBeEmpty();
      await expectLooksRight(sora, info.outputPath('waiting.png'));
    });
  }
}
