import { AxeBuilder } from '@axe-core/playwright';
import type { TestInfo } from '@playwright/test';

import { gif } from '../lib/gif.ts';
import { expect, test, type Person } from '../lib/test.ts';

/** The whole page passes axe, at any width nothing hangs over the edge, and a picture is kept in test-results. */
async function looksRight(someone: Person, name: string, info: TestInfo): Promise<void> {
  const { page } = someone;
  // Nothing may be in the middle of fading in: axe would measure its contrast.
  await page.evaluate(() => Promise.allSettled(document.getAnimations().map((motion) => motion.finished)));
  await page.screenshot({ path: info.outputPath(`${name}.png`) });
  const { violations } = await new AxeBuilder({ page }).analyze();
  const told = violations.flatMap(({ id, help, nodes }) => nodes.map((node) => `${id}: ${help}: ${node.target.join(' ')}`));
  expect(told, name).toEqual([]);
  expect(await page.locator('body').innerText(), `${name} shows its source`).not.toMatch(/<\/?[a-z]+[ >]/);
  const overhang = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  expect(overhang, `${name} scrolls sideways`).toBeLessThanOrEqual(0);
}

async function composerIsInView(someone: Person): Promise<void> {
  await expect(someone.messageBox).toBeInViewport({ ratio: 1 });
  await expect(someone.page.getByRole('button', { name: '전송', exact: true })).toBeInViewport({ ratio: 1 });
}

const SIZES = { wide: { width: 1280, height: 800 }, phone: { width: 390, height: 844 } };

for (const [size, viewport] of Object.entries(SIZES)) {
  for (const colorScheme of ['light', 'dark'] as const) {
    test.describe(`${size}, ${colorScheme}`, () => {
      const look = { viewport, colorScheme, reducedMotion: 'reduce' as const };

      test.describe('on a server of its own', () => {
        test.use({ settings: {} });

        test('the lobby looks right, empty and full', async ({ person }, info) => {
          const [mina, sora] = [await person(look), await person()];
          await mina.openLobby();
          await mina.isLive();
          await looksRight(mina, 'lobby-empty', info);
          await sora.openLobby();
          await sora.createRoomUnseen({ title: '고양이만 올라오는 방', capacity: 20 });
          await sora.createRoomUnseen({ title: '3팀 점심 회의', password: '비밀', capacity: 6 });
          const long = `${'아주 긴 제목은 '.repeat(6)}끝`.slice(0, 50).trim();
          await sora.createRoomUnseen({ title: long });
          await expect(mina.card(long)).toBeVisible();
          await looksRight(mina, 'lobby', info);
        });
      });

      test('the new-room form looks right, also with something wrong', async ({ person }, info) => {
        const mina = await person(look);
        await mina.page.goto('/room');
        await looksRight(mina, 'new-room', info);
        await mina.fillInRoom({ title: ' ', capacity: 1 });
        await mina.page.getByRole('button', { name: '생성' }).click();
        await expect(mina.page.locator('[aria-invalid=true]')).toHaveCount(2);
        await looksRight(mina, 'new-room-wrong', info);
      });

      test('the door looks right, also when the password is wrong', async ({ person, title }, info) => {
        const [mina, sora] = [await person(), await person(look)];
        await mina.openLobby();
        const room = await mina.createRoomUnseen({ title, password: '비밀' });
        await sora.page.goto(`/room/${room}`);
        await looksRight(sora, 'door', info);
        await sora.tryPassword('아님');
        await expect(sora.page.getByText('비밀번호가 틀렸습니다.')).toBeVisible();
        await looksRight(sora, 'door-wrong', info);
      });

      test('the room looks right, and the composer is in view', async ({ person, title }, info) => {
        const [mina, sora] = [await person(look), await person()];
        await mina.createRoom({ title });
        await sora.enterRoom(title);
        await sora.say('이 움짤 봤어요?');
        await sora.sendGif(gif('움짤.gif', { width: 200, height: 120, tint: 1 }));
        await mina.say('ㅋㅋㅋㅋㅋ 너무 귀엽다');
        await mina.say(`https://example.org/${'아주-긴-주소'.repeat(20)}`);
        await expect(mina.gifs).toHaveCount(1);
        await looksRight(mina, 'room', info);
        await composerIsInView(mina);
      });

      test('the error page looks right', async ({ person }, info) => {
        const mina = await person(look);
        await mina.page.goto('/x');
        await looksRight(mina, 'error', info);
      });
    });
  }
}

test('the composer stays in view when the log is long', async ({ person, title }) => {
  const mina = await person({ viewport: SIZES.phone });
  await mina.createRoom({ title });
  for (let n = 0; n < 30; n++) await mina.sayUnseen(mina.room(), `${n}번째`);
  await mina.expectMessage('29번째');
  await composerIsInView(mina);
  await mina.type('여러\n줄을\n써도\n보여요\n다섯\n여섯\n일곱\n여덟');
  await composerIsInView(mina);
});

test('the page is in the language the browser asks for', async ({ person }) => {
  const english = await person({ locale: 'en-US' });
  await english.page.goto('/');
  await expect(english.page.locator('html')).toHaveAttribute('lang', 'en');
  await expect(english.page.getByRole('link', { name: 'New room' }).first()).toBeVisible();
  const korean = await person({ locale: 'ko-KR' });
  await korean.page.goto('/');
  await expect(korean.page.locator('html')).toHaveAttribute('lang', 'ko');
  const other = await person({ locale: 'sw-KE' });
  await other.page.goto('/');
  await expect(other.page.locator('html')).toHaveAttribute('lang', 'ko');
});

test('the switch changes the language everywhere, and for good', async ({ person, title }) => {
  const mina = await person();
  await mina.openLobby();
  await mina.switchLanguage('English');
  await expect(mina.page.locator('html')).toHaveAttribute('lang', 'en');
  await mina.page.goto('/room');
  await mina.page.getByLabel('Room title').fill(title);
  await mina.page.getByRole('button', { name: 'Create' }).click();
  const log = mina.page.getByRole('log', { name: 'Messages' });
  await expect(log).toContainText('has entered.');
  await mina.page.getByRole('textbox', { name: 'Message' }).fill('hello');
  await mina.page.getByRole('button', { name: 'Send', exact: true }).click();
  await expect(log.getByText('hello', { exact: true })).toHaveCount(1);
});

test('each reads the system in their own language', async ({ person, title }) => {
  const [mina, john] = [await person(), await person({ locale: 'en-US' })];
  const room = await mina.createRoom({ title });
  await john.page.goto(`/room/${room}`);
  await john.page.getByRole('button', { name: 'Enter', exact: true }).click();
  await expect(mina.log).toContainText(/님이 입장하셨습니다\./);
  await expect(john.page.getByRole('log', { name: 'Messages' })).toContainText('has entered.');
});

test('the room is used by keyboard alone', async ({ person, title }) => {
  const mina = await person();
  await mina.page.goto('/room');
  await mina.page.getByLabel('방 제목', { exact: true }).focus();
  await mina.page.keyboard.type(title);
  await mina.page.keyboard.press('Enter');
  await mina.isInside();
  await mina.messageBox.focus();
  await mina.page.keyboard.type('hello');
  await mina.page.keyboard.press('Enter');
  await mina.expectMessage('hello');
  await mina.page.getByRole('button', { name: '방 나가기' }).focus();
  await mina.page.keyboard.press('Enter');
  await mina.page.getByRole('button', { name: '나가고 닫기' }).focus();
  await mina.page.keyboard.press('Enter');
  await expect(mina.page).toHaveURL('/');
});
