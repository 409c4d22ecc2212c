/** Browsers that lack something: storage, newer interfaces, a chosen file that has changed, a place for one more socket. */

import { mkdir, mkdtemp, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

import type { Locator } from '@playwright/test';

import { EACH_SIZE, PHONE } from '../lib/devices.ts';
import { gif } from '../lib/gif.ts';
import { holdRequests } from '../lib/held-requests.ts';
import { NO_STORAGE, withoutNewerInterfaces } from '../lib/lacking.ts';
import { expectLooksRight } from '../lib/looks.ts';
import { advanceClock, hideButton, installClock, roomHead, rowOf } from '../lib/people.ts';
import { BACK } from '../lib/relay.ts';
import { LONG, NODES, expect, test, type Person } from '../lib/test.ts';
import { hiddenFold } from '../lib/unread.ts';

/** The words of both languages are tested with --long. */
const LOCALES = LONG ? ['ko-KR', 'en-US'] : ['ko-KR'];

for (const [what, without] of Object.entries(NO_STORAGE).slice(LONG ? 0 : -1)) {
  test(`where storage ${what}, everything works and nobody is away who is there`, async ({ person, title }) => {
    const [mina, sora] = [await person(), await person()];
    await installClock(sora);
    await sora.context.addInitScript(without);
    await mina.createRoom({ title });
    await sora.enterRoom(title);
    const tab = await sora.newTab();
    await tab.openRoom(sora.roomId());

    await sora.say('저장은 못 해도');
    await mina.expectMessage('저장은 못 해도');
    await sora.sendGif(gif());
    await expect(mina.gifs).toHaveCount(1);
    await mina.say('잘 보여요');
    await (await hideButton(sora, mina)).click();
    await expect(hiddenFold(sora, 1)).toBeVisible();
    await (await hideButton(sora, mina)).click();
    await sora.expectMessage('잘 보여요');

    // The person uses the other tab and not this one, and without storage the tabs cannot tell each other.
    const place = await rowOf(mina, sora);
    const calls: string[] = [];
    for (const { page } of [sora, tab]) page.on('request', (request) => calls.push(request.url()));
    await advanceClock(4, sora, tab);
    await tab.page.mouse.move(200, 200);
    await advanceClock(4, sora, tab);
    await sora.say('아직 여기 있어요');
    await mina.expectMessage('아직 여기 있어요');
    await expect(place).not.toHaveClass(/away/);
    expect(calls.filter((url) => url.includes('set_away'))).toEqual([]);

    await sora.reload();
    await sora.say('새로고침해도');
    await mina.expectMessage('새로고침해도');
    await sora.leave();
    await expect(tab.button(['입장', 'Enter'])).toBeVisible();
  });
}

test('a browser without newer interfaces does everything else', async ({ person, title }) => {
  const [mina, sora] = [await person(), await person()];
  await sora.context.addInitScript(withoutNewerInterfaces);
  await mina.createRoom({ title });
  await sora.enterRoom(title);
  await sora.say('옛날 브라우저예요');
  await mina.expectMessage('옛날 브라우저예요');
  await sora.sendGif(gif());
  await expect(mina.gifs).toHaveCount(1);
  await mina.say('잘 돼요');
  await sora.expectMessage('잘 돼요');
  await sora.leave();
});

test('copying fails quietly where the clipboard refuses', async ({ person, title }) => {
  const mina = await person();
  await mina.context.addInitScript(() => {
    const refuse = (): never => {
      throw new DOMException('Not allowed.', 'NotAllowedError');
    };
    Object.defineProperty(Navigator.prototype, 'clipboard', { get: () => ({ writeText: refuse }) });
  });
  await mina.createRoom({ title });
  await mina.button(['방 링크 복사', 'Copy room link']).click();
  await mina.say('복사는 안 됐지만');
});

test.describe('files that cannot be read', () => {
  let folder: string;
  test.beforeEach(async () => void (folder = await mkdtemp(path.join(os.tmpdir(), 'gifchat-files-'))));
  test.afterEach(() => rm(folder, { recursive: true }));

  async function fileOf(name: string, tint: number): Promise<string> {
    const file = path.join(folder, name);
    await writeFile(file, gif(name, { tint }).buffer);
    return file;
  }

  async function choose(someone: Person, file: string): Promise<void> {
    await someone.page.getByLabel(someone.words(['GIF 올리기', 'Upload GIF'])).setInputFiles(file);
  }

  const ALTERED: Record<string, (file: string) => Promise<void>> = {
    deleted: (file) => rm(file),
    changed: async (file) => {
      await truncate(file, 10);
      await utimes(file, new Date(), new Date(Date.now() + 60_000));
    },
  };

  for (const [how, alter] of Object.entries(ALTERED)) {
    for (const locale of LOCALES) {
      test(`a file that was ${how} before its turn is asked for again at once, and the next one goes: ${locale}`, async ({
        person,
        title,
      }, info) => {
        const mina = await person();
        const sora = await person({ locale, viewport: PHONE });
        await mina.createRoom({ title });
        await sora.enterRoom(title);
        const uploads = await holdRequests(sora, '**/api/upload_gif*');
        const files = await Promise.all([1, 2, 3].map((tint) => fileOf(`${tint}.gif`, tint)));
        for (const file of files) await choose(sora, file);
        await expect.poll(uploads.count).toBe(1);
        await alter(files[1]!);
        uploads.release();

        const told = sora.words(['파일이 바뀌었거나 없어졌어요. 다시 골라 주세요.', 'This file has changed or is gone. Choose it again.']);
        await expect(sora.log.getByText(told)).toBeVisible();
        await expect(mina.gifs).toHaveCount(2);
        await expect(sora.unsentNotice).toHaveCount(0);
        await expect(sora.retryButton()).toHaveCount(0);
        expect(uploads.count()).toBeLessThanOrEqual(3);
        await expectLooksRight(sora, info.outputPath('changed.png'));

        const again = sora.log.locator('.pending').getByLabel(sora.words(['GIF 고르기', 'Choose a GIF']));
        await sora.tabTo(again);
        await again.setInputFiles(await fileOf('2.gif', 4));
        await expect(mina.gifs).toHaveCount(3);
        await expect(sora.log.locator('.pending li')).toHaveCount(0);
        await expect(sora.log.getByText(told)).toHaveCount(0);
      });
    }
  }

  test('a file that comes back wrong is refused, and the changed one can be thrown away', async ({ person, title }) => {
    const mina = await person();
    await mina.createRoom({ title });
    const file = await fileOf('1.gif', 1);
    const uploads = await holdRequests(mina, '**/api/upload_gif*');
    await choose(mina, await fileOf('0.gif', 0));
    await choose(mina, file);
    await expect.poll(uploads.count).toBe(1);
    await rm(file);
    uploads.release();
    const again = mina.log.locator('.pending').getByLabel('GIF 고르기');
    await again.setInputFiles({ name: '사진.png', mimeType: 'image/png', buffer: Buffer.from('x') });
    await expect(mina.page.getByText('GIF 파일만 올릴 수 있어요.')).toBeVisible();
    await expect(again).toHaveCount(1);
    await mina.button(['지우기', 'Discard'], mina.log.locator('.pending')).click();
    await expect(again).toHaveCount(0);
    await expect(mina.gifs).toHaveCount(1);
  });

  test('an empty file and a folder are refused at once', async ({ person, title }) => {
    const mina = await person();
    await mina.createRoom({ title });
    await mina.chooseGif({ name: '텅빈.gif', mimeType: 'image/gif', buffer: Buffer.alloc(0) });
    await expect(mina.page.getByText('빈 파일이에요. 다른 GIF를 골라 주세요.')).toBeVisible();

    const notAFile = path.join(folder, '폴더.gif');
    await mkdir(notAFile);
    const devTools = await mina.context.newCDPSession(mina.page);
    const data = { items: [], files: [notAFile], dragOperationsMask: 1 };
    for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
      await devTools.send('Input.dispatchDragEvent', { type, x: 300, y: 300, data });
    }
    await expect(mina.page.getByText('GIF 파일만 올릴 수 있어요.')).toBeVisible();
    await expect(mina.log.locator('.pending li')).toHaveCount(0);
  });
});

test.describe('the connection says what is wrong with it', () => {
  function notice(someone: Person): Locator {
    return someone.page.locator('.link-notice');
  }

  for (const locale of LOCALES) {
    test(`a tab past the limit of sockets says so, and connects when there is a place: ${locale}`, async ({ person, title }, info) => {
      const mina = await person({ locale, viewport: PHONE });
      const room = await mina.createRoom({ title });
      // With these and the sockets of the two tabs, the visitor has twenty sockets, the most that one visitor may have.
      const others = await openSockets(mina, 18);

      const late = await mina.newTab();
      await late.visitRoom(room);
      const words = late.words(['열린 탭이 너무 많아서', 'Too many tabs are open']);
      await expect(notice(late)).toContainText(words);
      const again = late.button(['다시 시도', 'Try again'], notice(late));
      await again.click();
      await expect(notice(late)).toContainText(words);
      await expectLooksRight(late, info.outputPath('too-many.png'));

      await others.page.close();
      await again.click();
      await late.waitUntilLive();
      await expect(notice(late)).toBeHidden();
      await late.say('들어왔어요');
    });

    test(`a browser that lost its cookie is told, and begins anew: ${locale}`, NODES, async ({ person, relay, title }, info) => {
      const mina = await person({ relay, locale, viewport: PHONE });
      await mina.createRoom({ title });
      await mina.context.clearCookies();
      relay.cut();
      relay.restore();
      await expect(notice(mina)).toContainText(mina.words(['쿠키가 사라져서', 'cookie is gone']));
      await expect(mina.offlineNotice).toHaveCount(0);
      await expectLooksRight(mina, info.outputPath('stranger.png'));
      await mina.button(['새로고침', 'Reload'], notice(mina)).click();
      await mina.clickEnter();
      await mina.expectInside();
    });

    test(`a page that the server does not understand asks to reload: ${locale}`, async ({ person, title }, info) => {
      const mina = await person({ locale, viewport: PHONE });
      await mina.page.addInitScript(pretendOtherVersion);
      await mina.openLobby();
      const room = await mina.createRoomByApi({ title });
      const told = mina.words(['새 버전이 나왔어요.', 'There is a new version.']);
      const kept = mina.words(['쓰던 글은 그대로 있어요.', 'Your text is safe.']);
      await mina.openLobby();
      await expect(notice(mina)).toContainText(told);
      await expect(notice(mina)).not.toContainText(kept);
      await mina.visitRoom(room);
      await mina.messageBox.fill('쓰던 글');
      await expect(notice(mina)).toContainText(kept);
      await expectLooksRight(mina, info.outputPath('old-page.png'));
      await mina.button(['새로고침', 'Reload'], notice(mina)).click();
      await expect(mina.messageBox).toHaveValue('쓰던 글');
    });
  }

  const OTHER_PLACES: Record<string, (guest: Person, hosts: [Person, Person], title: string) => Promise<void>> = {
    lobby: (guest) => guest.openLobby(),
    // It has a socket, too, since it opens when somebody leaves.
    'door of a full room': async (guest, [host, second], title) => {
      const room = await host.createRoomByApi({ title, capacity: 2 });
      await second.callApi('enter_room', { room, password: '' });
      await guest.visitRoom(room);
    },
  };

  for (const [place, open] of LONG ? Object.entries(OTHER_PLACES) : []) {
    test(`the ${place} says that too many tabs are open`, async ({ person, title }) => {
      const [mina, ...hosts] = [await person(), await person(), await person()];
      const others = await openSockets(mina, 19);
      const late = await mina.newTab();
      await open(late, hosts, title);
      await expect(notice(late)).toContainText('열린 탭이 너무 많아서');
      await others.page.close();
      await late.button(['다시 시도', 'Try again'], notice(late)).click();
      await late.waitUntilLive();
      await expect(notice(late)).toBeHidden();
    });

    test(`the ${place} says that its cookie is gone`, async ({ person, relay, title }) => {
      const [mina, ...hosts] = [await person({ relay }), await person(), await person()];
      await open(mina, hosts, title);
      await mina.waitUntilLive();
      // A call that is on its way would bring a new cookie.
      await mina.page.waitForLoadState('networkidle');
      await mina.waitForTheRest();
      await mina.context.clearCookies();
      relay.cut();
      relay.restore();
      await expect(notice(mina)).toContainText('쿠키가 사라져서');
      await mina.button(['새로고침', 'Reload'], notice(mina)).click();
      await mina.waitUntilLive();
      await expect(notice(mina)).toBeHidden();
    });

    test(`the ${place} says that the server has another version`, async ({ person, title }) => {
      const [mina, ...hosts] = [await person(), await person(), await person()];
      await mina.page.addInitScript(pretendOtherVersion);
      await open(mina, hosts, title);
      await expect(notice(mina)).toContainText('새 버전이 나왔어요.');
    });
  }

  for (const [size, viewport, schemes] of EACH_SIZE) {
    for (const colorScheme of schemes) {
      test(`a lost connection covers nothing that is needed: ${size}, ${colorScheme}`, async ({ person, relay, title }, info) => {
        const mina = await person({ relay, viewport, colorScheme });
        await mina.watchLobby();
        const dot = mina.page.locator('.totals .dot');
        await expect(dot).not.toHaveClass(/off/);
        relay.cut();
        await expect(mina.offlineNotice).toBeVisible();
        await expect(notice(mina)).not.toContainText('쓰던 글');
        await expect(dot).toHaveClass(/off/);
        await expectApart(notice(mina), mina.page.locator('.site-head .mark'), mina.page.locator('.site-head .me'));
        await expectLooksRight(mina, info.outputPath('lobby.png'));
        relay.restore();
        await expect(mina.offlineNotice).toBeHidden(BACK);
        await expect(dot).not.toHaveClass(/off/);

        await mina.createRoom({ title });
        relay.cut();
        await expect(mina.offlineNotice).toBeVisible();
        await expect(notice(mina)).toContainText('쓰던 글은 그대로 있어요.');
        await expectApart(notice(mina), roomHead(mina), mina.log);
        await expectLooksRight(mina, info.outputPath('room.png'));
        relay.restore();
        await mina.waitUntilLive(BACK.timeout);
      });
    }
  }
});

/** None of the others is covered by the first, not even in part. */
async function expectApart(first: Locator, ...others: Locator[]) {
  const box = (await first.boundingBox())!;
  for (const other of others) {
    const { x, y, width, height } = (await other.boundingBox())!;
    const apart = x + width <= box.x || box.x + box.width <= x || y + height <= box.y || box.y + box.height <= y;
    expect(apart, `${JSON.stringify(box)} covers ${other}`).toBe(true);
  }
}

/** Opens a lobby and this many sockets beside its own, in another tab of the same browser. */
async function openSockets(someone: Person, count: number): Promise<Person> {
  const tab = await someone.newTab();
  await tab.watchLobby();
  await tab.page.evaluate(async (count) => {
    const open = () =>
      new Promise<void>((opened, failed) => {
        const socket = new WebSocket('/ws');
        socket.onerror = () => failed(new Error('refused'));
        socket.onmessage = ({ data }) => {
          if (data === '"Ping"') socket.send('"Pong"');
          const hello = (JSON.parse(data as string) as { Hello?: { protocol: number } }).Hello;
          if (!hello) return;
          socket.send(JSON.stringify({ Hello: { protocol: hello.protocol } }));
          opened();
        };
      });
    for (let n = 0; n < count; n++) await open();
  }, count);
  return tab;
}

/** To the server this is a page of another version: the number in its hello is another one. Runs in the page. */
function pretendOtherVersion(): void {
  const send = WebSocket.prototype.send;
  WebSocket.prototype.send = function (frame) {
    send.call(this, String(frame).replace(/("protocol":)\d+/, '$1999'));
  };
}
