import type { Locator } from '@playwright/test';

import { look, noteOutside, told } from '../lib/tab.ts';
import { expect, test, type Person } from '../lib/test.ts';

function bellOf(someone: Person): Locator {
  return someone.page.getByRole('button', { name: '새 메시지 알림' });
}

test.describe('notifications', () => {
  test('are asked for by the button alone, and tell who said what while one looks elsewhere', async ({ person, title }) => {
    const [mina, sora] = [await person(), await person({ locale: 'ko-KR' })];
    await noteOutside(sora);
    await mina.createRoom({ title });
    await sora.enterRoom(title);
    await look(sora, 'elsewhere');
    await mina.say('아직 묻지 않았어요');
    await expect(sora.page).toHaveTitle(`(1) ${title} · gifchat`);
    await look(sora, 'here');
    expect(await sora.page.evaluate(() => window.outside.asked)).toBe(0);

    await expect(bellOf(sora)).toHaveAttribute('aria-pressed', 'false');
    await bellOf(sora).focus();
    await sora.page.keyboard.press('Enter');
    await expect(bellOf(sora)).toHaveAttribute('aria-pressed', 'true');
    await mina.say('보고 있을 때');
    await sora.expectMessage('보고 있을 때');

    await look(sora, 'elsewhere');
    await mina.say('<b>굵게</b>');
    await expect.poll(() => told(sora)).toHaveLength(1);
    const name = await mina.page.locator('.people .name').first().innerText();
    expect(await told(sora)).toEqual([{ title, body: `${name}: <b>굵게</b>`, tag: expect.stringContaining(sora.room()), silent: true }]);

    await sora.page.evaluate(() => window.outside.told[0]?.onclick?.());
    expect(await sora.page.evaluate(() => window.outside.focused)).toBe(1);
    await look(sora, 'here');
    expect(await sora.page.evaluate(() => window.outside.told[0]?.closed), 'read: it need not be told any more').toBe(true);
  });

  test('come one a room, never of oneself, and are remembered until turned off', async ({ person, title }) => {
    const [mina, sora] = [await person(), await person()];
    await noteOutside(sora);
    await mina.createRoom({ title });
    await sora.enterRoom(title);
    await bellOf(sora).click();
    await expect(bellOf(sora)).toHaveAttribute('aria-pressed', 'true');
    await sora.page.reload();
    await sora.isInside();
    await expect(bellOf(sora)).toHaveAttribute('aria-pressed', 'true');

    await look(sora, 'elsewhere');
    await sora.sayUnseen(sora.room(), '내가 다른 곳에서');
    await sora.expectMessage('내가 다른 곳에서');
    for (const text of ['하나', '둘']) await mina.sayUnseen(mina.room(), text);
    await expect.poll(async () => (await told(sora)).at(-1)?.body ?? '').toMatch(/: 둘$/);
    const all = await told(sora);
    expect(new Set(all.map((one) => one.tag)).size).toBe(1);
    expect(all.map((one) => one.body).join()).not.toContain('내가');

    await look(sora, 'here');
    await bellOf(sora).click();
    await expect(bellOf(sora)).toHaveAttribute('aria-pressed', 'false');
    await look(sora, 'elsewhere');
    await mina.say('꺼졌어요');
    await expect(sora.page).toHaveTitle(`(1) ${title} · gifchat`);
    await sora.page.reload();
    await sora.isInside();
    await expect(bellOf(sora)).toHaveAttribute('aria-pressed', 'false');
    expect(await told(sora)).toEqual([]);
  });

  test('that the browser blocks say so, and how to allow them', async ({ person, title }) => {
    const mina = await person();
    await noteOutside(mina, { answer: 'denied' });
    await mina.createRoom({ title });
    await bellOf(mina).click();
    await expect(mina.page.getByRole('alert').filter({ hasText: '알림을 막고 있어요' })).toBeVisible();
    await expect(bellOf(mina)).toHaveAttribute('aria-pressed', 'mixed');
    await mina.page.reload();
    await mina.isInside();
    await expect(bellOf(mina)).toHaveAttribute('aria-pressed', 'mixed');
  });

  test('are not offered where there are none', async ({ person, title }) => {
    const [mina, sora] = [await person(), await person()];
    await mina.context.addInitScript(() => {
      for (const [owner, name] of [[window, 'Notification'], [Navigator.prototype, 'setAppBadge'], [Navigator.prototype, 'clearAppBadge']] as const) {
        delete (owner as unknown as Record<string, unknown>)[name];
      }
    });
    await mina.createRoom({ title });
    await expect(bellOf(mina)).toHaveCount(0);
    await sora.enterRoom(title);
    await look(mina, 'elsewhere');
    await sora.say('조용히');
    await expect(mina.page).toHaveTitle(`(1) ${title} · gifchat`);
    await look(mina, 'here');
    await expect(mina.page).toHaveTitle(`${title} · gifchat`);
  });

  test('that only a worker could show are taken back with a word', async ({ person, title }) => {
    const mina = await person();
    await noteOutside(mina, { kind: 'worker' });
    await mina.createRoom({ title });
    await bellOf(mina).click();
    await expect(mina.page.getByText('이 브라우저에서는 알림을 보낼 수 없어요.')).toBeVisible();
    await expect(bellOf(mina)).toHaveCount(0);
  });
});
