import { bell, notificationsOf, setVisibility, stubNotifications } from '../lib/notifications.ts';
import { nameOf } from '../lib/people.ts';
import { expect, test } from '../lib/test.ts';

test.describe('notifications', () => {
  test('are asked for by the button alone, and tell who said what while one looks elsewhere', async ({ person, title }) => {
    const [mina, sora] = [await person(), await person({ locale: 'ko-KR' })];
    await stubNotifications(sora);
    await mina.createRoom({ title });
    await sora.enterRoom(title);
    await setVisibility(sora, 'hidden');
    await mina.say('아직 묻지 않았어요');
    await expect(sora.page).toHaveTitle(`(1) ${title} · gifchat`);
    await setVisibility(sora, 'visible');
    expect(await sora.page.evaluate(() => window.notificationStub.asked)).toBe(0);

    await expect(bell(sora)).toHaveAttribute('aria-pressed', 'false');
    await bell(sora).focus();
    await sora.page.keyboard.press('Enter');
    await expect(bell(sora)).toHaveAttribute('aria-pressed', 'true');
    await mina.say('보고 있을 때');
    await sora.expectMessage('보고 있을 때');

    await setVisibility(sora, 'hidden');
    await mina.say('<b>굵게</b>');
    await expect.poll(() => notificationsOf(sora)).toHaveLength(1);
    const name = await nameOf(mina, sora);
    expect(await notificationsOf(sora)).toEqual([{ title, body: `${name}: <b>굵게</b>`, tag: expect.stringContaining(sora.roomId()), silent: true }]);

    await sora.page.evaluate(() => window.notificationStub.shown[0]?.onclick?.());
    expect(await sora.page.evaluate(() => window.notificationStub.focused)).toBe(1);
    await setVisibility(sora, 'visible');
    expect(await sora.page.evaluate(() => window.notificationStub.shown[0]?.closed), 'read: it need not be told any more').toBe(true);
  });

  test('come one a room, never of oneself, and are remembered until turned off', async ({ person, title }) => {
    const [mina, sora] = [await person(), await person()];
    await stubNotifications(sora);
    await mina.createRoom({ title });
    await sora.enterRoom(title);
    await bell(sora).click();
    await expect(bell(sora)).toHaveAttribute('aria-pressed', 'true');
    await sora.reload();
    await expect(bell(sora)).toHaveAttribute('aria-pressed', 'true');

    await setVisibility(sora, 'hidden');
    await sora.sayByApi(sora.roomId(), '내가 다른 곳에서');
    await sora.expectMessage('내가 다른 곳에서');
    for (const text of ['하나', '둘']) await mina.sayByApi(mina.roomId(), text);
    await expect.poll(async () => (await notificationsOf(sora)).at(-1)?.body ?? '').toMatch(/: 둘$/);
    const all = await notificationsOf(sora);
    expect(new Set(all.map((one) => one.tag)).size).toBe(1);
    expect(all.map((one) => one.body).join()).not.toContain('내가');

    await setVisibility(sora, 'visible');
    await bell(sora).click();
    await expect(bell(sora)).toHaveAttribute('aria-pressed', 'false');
    await setVisibility(sora, 'hidden');
    await mina.say('꺼졌어요');
    await expect(sora.page).toHaveTitle(`(1) ${title} · gifchat`);
    await sora.reload();
    await expect(bell(sora)).toHaveAttribute('aria-pressed', 'false');
    expect(await notificationsOf(sora)).toEqual([]);
  });

  test('that the browser blocks say so, and how to allow them', async ({ person, title }) => {
    const mina = await person();
    await stubNotifications(mina, { answer: 'denied' });
    await mina.createRoom({ title });
    await bell(mina).click();
    await expect(mina.page.getByRole('alert').filter({ hasText: '알림을 막고 있어요' })).toBeVisible();
    await expect(bell(mina)).toHaveAttribute('aria-pressed', 'mixed');
    await mina.reload();
    await expect(bell(mina)).toHaveAttribute('aria-pressed', 'mixed');
  });

  test('are not offered where there are none', async ({ person, title }) => {
    const [mina, sora] = [await person(), await person()];
    await mina.context.addInitScript(() => {
      for (const [owner, name] of [[window, 'Notification'], [Navigator.prototype, 'setAppBadge'], [Navigator.prototype, 'clearAppBadge']] as const) {
        delete (owner as unknown as Record<string, unknown>)[name];
      }
    });
    await mina.createRoom({ title });
    await expect(bell(mina)).toHaveCount(0);
    await sora.enterRoom(title);
    await setVisibility(mina, 'hidden');
    await sora.say('조용히');
    await expect(mina.page).toHaveTitle(`(1) ${title} · gifchat`);
    await setVisibility(mina, 'visible');
    await expect(mina.page).toHaveTitle(`${title} · gifchat`);
  });

  test('that only a worker could show are taken back with a word', async ({ person, title }) => {
    const mina = await person();
    await stubNotifications(mina, { kind: 'worker' });
    await mina.createRoom({ title });
    await bell(mina).click();
    await expect(mina.page.getByText('이 브라우저에서는 알림을 보낼 수 없어요.')).toBeVisible();
    await expect(bell(mina)).toHaveCount(0);
  });
});
